import { setTimeout as delay } from 'node:timers/promises';

interface Patience {
  /** Rejects after this. Without one it waits as long as it takes. */
  timeoutMs?: number;
  everyMs?: number;
  signal?: AbortSignal;
}

/**
 * Reads again and again until there is a value.
 * @param what is waited for, as in "Prometheus does not answer"
 * @param read undefined, null and false mean not yet
 * @throws Error after the timeout
 */
export async function until<Value>(
  what: string | (() => string),
  read: () => Promise<Value | undefined | null | false>,
  { timeoutMs = Infinity, everyMs = 200, signal }: Patience = {},
): Promise<Value> {
  const beganMs = performance.now();
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== null && value !== false) return value;
    signal?.throwIfAborted();
    if (performance.now() - beganMs > timeoutMs)
      throw new Error(`Waited ${Math.round(timeoutMs / 1_000)} s in vain: ${typeof what === 'string' ? what : what()}`);
    await delay(everyMs, undefined, signal && { signal });
  }
}
