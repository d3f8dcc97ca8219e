import { setTimeout as delay } from 'node:timers/promises';

interface Patience {
  /** Rejects after this time. Default: no limit. */
  timeoutMs?: number;
  everyMs?: number;
  signal?: AbortSignal;
}

/**
 * Reads repeatedly until the value is not undefined, null or false.
 * @param what the awaited condition, such as "Prometheus answers", or a function that returns the state for the message, or the error to throw
 * @throws Error after the timeout
 */
export async function until<Value>(
  what: string | (() => string | Error | Promise<Error>),
  read: () => Promise<Value | undefined | null | false>,
  { timeoutMs = Infinity, everyMs = 200, signal }: Patience = {},
): Promise<Value> {
  const beganMs = performance.now();
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== null && value !== false) return value;
    signal?.throwIfAborted();
    if (performance.now() - beganMs > timeoutMs) {
      const state = typeof what === 'string' ? `not yet: ${what}` : await what();
      throw state instanceof Error ? state : new Error(`Waited ${Math.round(timeoutMs / 1_000)} s in vain: ${state}`);
    }
    await delay(everyMs, undefined, signal && { signal });
  }
}
