// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const LOCKED_MS = 500;
const BETWEEN_MS = 100;
/** Above the 5 s within which events are to be stored. */
const OPEN_MS = 7_000;

const takeNumber = 'SELECT pg_current_xact_id()';
const lock = 'LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE';

/** @typedef {import('./drills.mjs').World} World */

/** A transaction with a number of its own is open: the relay waits for it. @param {World} world */
export const holdTransaction = (world) => inTransaction(world, takeNumber);

/** The ledger's table is locked by somebody who does nothing. @param {World} world */
export const lockLedger = (world) => inTransaction(world, lock);

/** @param {World} world */
export const holdTransactions = (world) => byTurns(world, takeNumber, { heldMs: OPEN_MS, pauseMs: BETWEEN_MS });

/** @param {World} world */
export const lockByTurns = (world) => byTurns(world, lock, { heldMs: LOCKED_MS, pauseMs: BETWEEN_MS });

/** @param {World} world @param {string} statement */
async function inTransaction({ platform }, statement) {
  const client = await connect(platform);
  await client.query('BEGIN');
  await client.query(statement);
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
}

/**
 * @param {World} world
 * @param {string} statement
 * @param {{ heldMs: number, pauseMs: number }} times
 */
async function byTurns({ platform, signal }, statement, { heldMs, pauseMs }) {
  const client = await connect(platform);
  const ending = new AbortController();
  const over = AbortSignal.any([signal, ending.signal]);
  const turns = (async () => {
    while (!over.aborted) {
      await client.query('BEGIN');
      await client.query(statement);
      await delay(heldMs, undefined, { signal: over }).catch(() => undefined);
      await client.query('ROLLBACK');
      await delay(pauseMs);
    }
  })();
  return async () => {
    ending.abort();
    await turns;
    await client.end();
  };
}

/** As the owner of the tables, whose transactions no time limit ends. @param {World['platform']} platform */
async function connect({ stores }) {
  const client = new pg.Client(stores.postgres.ownerUrl);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
