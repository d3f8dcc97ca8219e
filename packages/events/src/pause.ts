import { setTimeout as delay } from 'node:timers/promises';
import { between } from '@mainstay/errors';

/** Waits for `ms`, or until the signal aborts. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/**
 * The waiting time doubles with each failure, up to `maxMs`. Half of the time is random, so that processes do not retry
 * together.
 */
export function backoffMs(failures: number, maxMs: number): number {
  const ms = Math.min(maxMs, 50 * 2 ** Math.min(failures, 16));
  return between(ms / 2, ms);
}
