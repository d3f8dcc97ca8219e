import { describe } from '@jest/globals';
import { findProgram } from './find-program.js';

export { findProgram };

/** Calls `describe`, or `describe.skip` if a program is not installed. */
export function describeWith(programs: readonly string[], name: string, tests: () => void): void {
  const missing = programs.filter((program) => !findProgram(program));
  if (missing.length === 0) describe(name, tests);
  else describe.skip(`${name}: skipped, because ${missing.join(' and ')} is not installed here`, tests);
}
