import { setTimeout as delay } from 'node:timers/promises';

/** Reads until `holds`, and returns the value. The test's own time limit ends it, so no duration decides anything. */
export async function eventually<Value>(read: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await delay(20);
  }
}
