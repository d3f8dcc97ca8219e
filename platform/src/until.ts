import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 1_000;

/** Calls `read` every second until it returns a value other than false. @throws the error of `late` after `withinMs` */
export async function until<Value>(
  withinMs: number,
  read: () => Promise<Value | false>,
  late: () => Error,
): Promise<Value> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value !== false) return value;
    if (performance.now() > giveUpAt) throw late();
    await delay(PAUSE_MS);
  }
}
