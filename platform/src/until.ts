import { setTimeout as delay } from 'node:timers/promises';

interface Patience {
  /** Rejects after this time. Default: no limit. */
  timeoutMs?: number;
  everyMs?: number;
  signal?: AbortSignal;
}

/**
 * Reads repeatedly until there is a value.
 * @param what for the error: the awaited condition, such as "Prometheus answers", or a function that returns the current state or the error
 * @param read returns undefined, null or false while there is no value
 * @throws Error after the timeout
 */
export async function until<Value>(
  what: string | (() => string | Error),
  read: () => Promise<Value | undefined | null | false>,
  { timeoutMs = Infinity, everyMs = 200, signal }: Patience = {},
): Promise<Value> {
  const beganMs = performance.now();
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== null && value !== false) return value;
    signal?.throwIfAborted();
    if (performance.now() - beganMs > timeoutMs) {
      const state = typeof what === 'string' ? `not yet: ${what}` : what();
      throw state instanceof Error ? state : new Error(`Waited ${Math.round(timeoutMs / 1_000)} s in vain: ${state}`);
    }
    await delay(everyMs, undefined, signal && { signal });
  }
}
