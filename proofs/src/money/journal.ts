/** The journal of a run: the final replies that its clients got, as JSON lines. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export interface Line {
  /** When the reply was read. */
  time: string;
  request: 'POST /v1/users' | 'POST /v1/accounts' | 'POST /v1/accounts/:id/deposits' | 'POST /v1/transfers';
  /** `acknowledged`: status 201. `refused`: a 4xx that a retry would not change. */
  outcome: 'acknowledged' | 'refused';
  /** Id of the user who sent the request. */
  user: string;
  /** Idempotency key. */
  key?: string;
  /** Id of the created user, account or transfer. */
  id?: string;
  /** Account id. Missing for a deposit. */
  from?: string;
  /** Account id. */
  to?: string;
  /** In minor units. */
  amount?: number;
  /** Error code of a refused request. */
  code?: string;
}

/** Synchronous, so that a client records a reply before it continues. */
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
