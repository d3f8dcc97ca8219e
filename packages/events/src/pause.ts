import { setTimeout as delay } from 'node:timers/promises';

/** Waits, or less where the signal aborts. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** Doubles with each failure, up to the maximum; half of it is random, so that many do not come back at once. */
export function backoffMs(failures: number, maxMs: number): number {
  const ms = Math.min(maxMs, 50 * 2 ** Math.min(failures, 16));
  return ms / 2 + (Math.random() * ms) / 2;
}
