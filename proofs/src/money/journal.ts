/** The answers that clients got, one JSON line each: `appendFileSync`, so that the line is there before anything else happens. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** A request that got its final answer. `acknowledged`: 201, and `id` is the new thing's. `refused`: a 4xx that no retry would change. */
export interface Line {
  /** when the answer was read */
  time: string;
  request: 'POST /v1/users' | 'POST /v1/accounts' | 'POST /v1/accounts/:id/deposits' | 'POST /v1/transfers';
  outcome: 'acknowledged' | 'refused';
  /** whose request it was */
  user: string;
  /** of a keyed request */
  key?: string;
  /** the reply's */
  id?: string;
  /** an account; absent for a deposit */
  from?: string;
  /** an account */
  to?: string;
  /** minor units */
  amount?: number;
  /** of a refusal */
  code?: string;
}

export function writeLine(file: string, line: Omit<Line, 'time'>) {
  appendFileSync(file, `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
}

/** @throws Error where there is no such file, or a line is not JSON */
export function readJournal(file: string | undefined): Line[] {
  if (file === undefined) return [];
  if (!existsSync(file)) throw new Error(`There is no journal ${file}.`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
}
