import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when the condition holds; rejects after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not so after 10 s: ${condition.toString()}`);
    await delay(10);
  }
}
