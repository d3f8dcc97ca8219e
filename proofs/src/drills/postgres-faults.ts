import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { World } from './drill.ts';

const LOCKED_MS = 500;
const BETWEEN_MS = 100;
/** Above the 5 s within which events are to be stored. */
const OPEN_MS = 7_000;

const takeNumber = 'SELECT pg_current_xact_id()';
const lock = 'LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE';

/** A transaction with a number of its own is open: the relay waits for it. */
export const holdTransaction = (world: World) => inTransaction(world, takeNumber);

/** The ledger's table is locked by somebody who does nothing. */
export const lockLedger = (world: World) => inTransaction(world, lock);

export const holdTransactions = (world: World) => byTurns(world, takeNumber, { heldMs: OPEN_MS, pauseMs: BETWEEN_MS });

export const lockByTurns = (world: World) => byTurns(world, lock, { heldMs: LOCKED_MS, pauseMs: BETWEEN_MS });

async function inTransaction({ platform }: World, statement: string) {
  const client = await connect(platform);
  await client.query('BEGIN');
  await client.query(statement);
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
}

async function byTurns(
  { platform, signal }: World,
  statement: string,
  { heldMs, pauseMs }: { heldMs: number; pauseMs: number },
) {
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

/** As the owner of the tables, whose transactions no time limit ends. */
async function connect({ stores }: World['platform']) {
  const client = new pg.Client(stores.postgres.ownerUrl);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
