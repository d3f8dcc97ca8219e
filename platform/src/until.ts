import { setTimeout as delay } from 'node:timers/promises';

interface Patience {
  /** Milliseconds until the promise rejects. Default: no limit. */
  timeoutMs?: number;
  everyMs?: number;
  signal?: AbortSignal;
}

/**
 * Calls `read` repeatedly until the result is not undefined, null or false. Returns that result.
 * @param what text for the error message at the timeout, for example "Prometheus answers". If `what` is a function, the
 *   function is called at the timeout, and returns the text or the whole error.
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
      const state = typeof what === 'string' ? `this has not happened: ${what}` : await what();
      throw state instanceof Error
        ? state
        : new Error(`Stopped waiting after ${Math.round(timeoutMs / 1_000)} s: ${state}`);
    }
    await delay(everyMs, undefined, signal && { signal });
  }
}
