/** What one check of the books found. */
export interface Result {
  name: string;
  /** what must hold */
  statement: string;
  /** how many things were looked at */
  counted: number;
  /** each in a few words */
  violations: string[];
}
