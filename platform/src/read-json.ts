import { readFile } from 'node:fs/promises';
import { Refusal } from './terminal.ts';

/** Returns the value in a JSON file, or undefined if the file is missing or was not written completely. */
export async function readJson<Value>(file: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Value;
  } catch {
    return undefined;
  }
}

/** Parses the text of a JSON file in the data directory. @throws Refusal that names the file */
export function parseKept<Value>(file: string, text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw new Refusal(`${file} is not valid JSON. Correct it, or delete all data of the platform with --reset.`);
  }
}
