// @ts-check
/** What clients were told, one JSON line an answer: `appendFileSync`, so that the line is there before anything else happens. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * A request that got its final answer. `acknowledged`: 201, and `id` is the new thing's. `refused`: a 4xx that no retry would change.
 * @typedef {object} Line
 * @property {string} time when the answer was read
 * @property {'POST /v1/users' | 'POST /v1/accounts' | 'POST /v1/accounts/:id/deposits' | 'POST /v1/transfers'} request
 * @property {'acknowledged' | 'refused'} outcome
 * @property {string} user whose request it was
 * @property {string} [key] of a keyed request
 * @property {string} [id] the reply's
 * @property {string} [from] an account; absent for a deposit
 * @property {string} [to] an account
 * @property {number} [amount] minor units
 * @property {string} [code] of a refusal
 */

/**
 * @param {string} file
 * @param {Omit<Line, 'time'>} line
 */
export function writeLine(file, line) {
  appendFileSync(file, `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
}

/**
 * @param {string | undefined} file
 * @returns {Line[]}
 * @throws Error where there is no such file, or a line is no JSON
 */
export function readJournal(file) {
  if (file === undefined) return [];
  if (!existsSync(file)) throw new Error(`There is no journal ${file}.`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
}
