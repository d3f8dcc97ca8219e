import { QueryClient } from '@tanstack/react-query';
import { steadyNow } from '../time/steady-now.js';
import { ApiError, isPassing } from './api-error.js';

const RETRIES_MAX = 2;
const PATIENCE_MS = 5_000;

/**
 * Creates the cache of API replies. A read that fails temporarily is retried at most twice, because more retries
 * would hide an outage.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: 15_000, retry: isWorthRepeating, retryDelay },
      // `intents/` retries the requests that have an idempotency key.
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

function isWorthRepeating(failures: number, error: Error): boolean {
  if (!(error instanceof ApiError) || failures >= RETRIES_MAX || error.code === 'rate_limited') return false;
  return isPassing(error) && (error.retryAt ?? 0) - steadyNow() < PATIENCE_MS;
}

function retryDelay(failures: number, error: Error): number {
  const wait = error instanceof ApiError && error.retryAt !== undefined ? error.retryAt - steadyNow() : 0;
  return Math.max(wait, 500 * 2 ** failures);
}
