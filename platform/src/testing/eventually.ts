import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 10;

/** Reads until `holds`, and returns the value. The test's own time limit ends it, so no duration decides anything. */
export async function eventually<Value>(
  read: () => Value | Promise<Value>,
  holds: (value: Value) => boolean,
  everyMs = EVERY_MS,
): Promise<Value> {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await delay(everyMs);
  }
}

/** Resolves when the condition holds. The test's own time limit ends the wait. */
export async function until(condition: () => boolean | Promise<boolean>, everyMs = EVERY_MS): Promise<void> {
  await eventually(condition, Boolean, everyMs);
}
