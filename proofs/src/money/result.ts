/** What one check found. */
export interface Result {
  name: string;
  /** What must hold. */
  statement: string;
  /** How many things were checked. */
  counted: number;
  /** Each in a few words. */
  violations: string[];
}

/** Prints a line for each check. Returns whether all hold. */
export function printResults(results: Result[]): boolean {
  for (const { statement, counted, violations } of results) {
    const found = `${violations.length} of ${counted}, such as ${violations.slice(0, 3).join('; ')}`;
    console.log(violations.length === 0 ? `ok    ${statement} (${counted})` : `FAIL  ${statement}: ${found}`);
  }
  return results.every(({ violations }) => violations.length === 0);
}
