import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { describe } from '@jest/globals';

/** Debian keeps servers where a user's PATH does not look. */
const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];

/** Where a program is, if this machine has it. */
export function findProgram(name: string): string | undefined {
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

/** `describe` where the programs are installed; elsewhere a line of the report says which one is not, and that its tests were skipped. */
export function describeWith(programs: readonly string[], name: string, tests: () => void): void {
  const missing = programs.filter((program) => !findProgram(program));
  if (missing.length === 0) describe(name, tests);
  else describe.skip(`${name}: skipped, because ${missing.join(' and ')} is not installed here`, tests);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
