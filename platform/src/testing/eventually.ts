import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 10;

/** Reads a value until `holds` accepts the value, and returns it. If that never happens, the test times out. */
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

/** Resolves when the condition is true. If that never happens, the test times out. */
export async function until(condition: () => boolean | Promise<boolean>, everyMs = EVERY_MS): Promise<void> {
  await eventually(condition, Boolean, everyMs);
}
