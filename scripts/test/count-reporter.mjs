// @ts-check
import { writeFileSync } from 'node:fs';

/** Tells scripts/test.mjs how many tests passed and failed, for its closing line. A file that could not even be loaded counts as one failure. */
export default class CountReporter {
  /**
   * @param {unknown} _contexts
   * @param {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number }} results
   */
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const file = process.env.MAINSTAY_COUNT_FILE;
    if (file) writeFileSync(file, `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`);
  }
}
