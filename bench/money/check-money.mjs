// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { checkEvents, readEvents } from './event-checks.mjs';
import { checkJournal } from './journal-checks.mjs';
import { readJournal } from './journal.mjs';
import { checkLedger, readLedger } from './ledger-checks.mjs';

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {string} statement what must hold
 * @property {number} counted how many things were looked at
 * @property {string[]} violations each in a few words
 */

/**
 * @typedef {object} MoneyOptions
 * @property {string} databaseUrl
 * @property {string} mongoUrl
 * @property {string} [journalFile]
 * @property {number} [waitMs] for events on their way
 * @property {boolean} [afterRestore]
 */

/**
 * Makes every check. The ledger is read on one snapshot; the journal's writers must have ended.
 * @param {MoneyOptions} options
 * @returns {Promise<Result[]>}
 * @throws Error when a store does not answer or the journal cannot be read
 */
export async function checkMoney({ databaseUrl, mongoUrl, journalFile, waitMs = 0, afterRestore = false }) {
  const lines = readJournal(journalFile);
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const books = await checkLedger(client);
    const ledger = await readLedger(client);
    await client.query('COMMIT');
    return [
      ...books,
      ...(journalFile === undefined ? [] : checkJournal(lines, ledger)),
      ...(await eventResults(mongoUrl, ledger, waitMs, afterRestore)),
    ];
  } finally {
    await client.end();
  }
}

/**
 * @param {string} mongoUrl
 * @param {import('./ledger-checks.mjs').Ledger} ledger
 * @param {number} waitMs
 * @param {boolean} afterRestore
 */
async function eventResults(mongoUrl, ledger, waitMs, afterRestore) {
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    const results = checkEvents(await readEvents(mongoUrl), ledger, { afterRestore });
    if (results.every(({ violations }) => violations.length === 0) || Date.now() >= giveUpAt) return results;
    await delay(1_000);
  }
}
