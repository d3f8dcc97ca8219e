import { describe } from '@jest/globals';
import { findProgram } from './find-program.js';

export { findProgram };

/**
 * `describe` if the programs are installed. Otherwise the tests are skipped, and their title says which program is
 * missing.
 */
export function describeWith(programs: readonly string[], name: string, tests: () => void): void {
  const missing = programs.filter((program) => !findProgram(program));
  if (missing.length === 0) describe(name, tests);
  else describe.skip(`${name}: skipped, because ${missing.join(' and ')} is not installed here`, tests);
}
