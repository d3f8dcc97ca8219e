import { mkdirSync, openSync, statSync, truncateSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const LOG_BYTES_MAX = 10 * 1024 * 1024;
const TAIL_LINES = 20;

export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if (logBytes(file) > LOG_BYTES_MAX) truncateSync(file);
  return openSync(file, 'a', 0o600);
}

export function logBytes(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Returns the last lines after the byte `offset`, as a sentence to append to an error message. Empty if there are no lines. */
export async function tailOf(file: string, offset: number, readable = (line: string) => line): Promise<string> {
  const text = (await readFile(file)).subarray(offset).toString().trim();
  const lines = text.split('\n').slice(-TAIL_LINES);
  return text === '' ? '' : ` Its last lines:\n  ${lines.map(readable).join('\n  ')}`;
}
