/** The replies that clients got, one JSON line each. `appendFileSync` writes a line before the client does anything else. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * A request that got its final reply. `acknowledged`: 201, and `id` is the id of the new object. `refused`: a 4xx that a retry would not change.
 */
export interface Line {
  /** when the reply was read */
  time: string;
  request: 'POST /v1/users' | 'POST /v1/accounts' | 'POST /v1/accounts/:id/deposits' | 'POST /v1/transfers';
  outcome: 'acknowledged' | 'refused';
  /** the user who sent the request */
  user: string;
  /** key of a keyed request */
  key?: string;
  /** id in the reply */
  id?: string;
  /** an account; missing for a deposit */
  from?: string;
  /** an account */
  to?: string;
  /** minor units */
  amount?: number;
  /** code of a refusal */
  code?: string;
}

export function writeLine(file: string, line: Omit<Line, 'time'>) {
  appendFileSync(file, `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
}

/** @throws Error if the file does not exist, or a line is not JSON */
export function readJournal(file: string | undefined): Line[] {
  if (file === undefined) return [];
  if (!existsSync(file)) throw new Error(`There is no journal ${file}.`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
}
