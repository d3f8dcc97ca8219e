type Results = Record<'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites', number>;

/** A reporter of jest that prints `N passed, N failed` as the last line. A file that could not be loaded counts as one failure. */
// eslint-disable-next-line no-restricted-syntax -- jest wants a default export
export default class CountReporter {
  onRunComplete(_contexts: unknown, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }: Results): void {
    const count = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`;
    process.once('exit', () => console.log(`\n${count}`)); // after jest's own summary
  }
}
