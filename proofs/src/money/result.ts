/** The result of one check. */
export interface Result {
  name: string;
  /** The rule that must hold. */
  statement: string;
  counted: number;
  violations: string[];
}

/** Prints a line for each check. Returns whether all checks pass. */
export function printResults(results: Result[]): boolean {
  for (const { statement, counted, violations } of results) {
    const found = `${violations.length} of ${counted}, such as ${violations.slice(0, 3).join('; ')}`;
    console.log(violations.length === 0 ? `ok    ${statement} (${counted})` : `FAIL  ${statement}: ${found}`);
  }
  return results.every(({ violations }) => violations.length === 0);
}
