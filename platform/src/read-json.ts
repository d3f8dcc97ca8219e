import { readFile } from 'node:fs/promises';

/** Returns the value in a JSON file. Undefined if there is no such file, or its writer was killed while it wrote. */
export async function readJson<Value>(file: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Value;
  } catch {
    return undefined;
  }
}
