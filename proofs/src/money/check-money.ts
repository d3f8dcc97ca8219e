import type { Result } from './result.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { withPostgres } from '../postgres.ts';
import { checkEvents, readEvents } from './event-checks.ts';
import { checkJournal } from './journal-checks.ts';
import { readJournal } from './journal.ts';
import { checkLedger, readLedger } from './ledger-checks.ts';
import type { Ledger } from './ledger-checks.ts';

interface MoneyOptions {
  databaseUrl: string;
  mongoUrl: string;
  journalFile?: string;
  waitMs?: number;
  afterRestore?: boolean;
}

/** All writers of the journal must have stopped. @throws Error if a store or the journal cannot be read */
export async function checkMoney({
  databaseUrl,
  mongoUrl,
  journalFile,
  waitMs = 0,
  afterRestore = false,
}: MoneyOptions): Promise<Result[]> {
  const lines = readJournal(journalFile);
  return withPostgres(databaseUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const books = await checkLedger(client);
    const ledger = await readLedger(client);
    await client.query('COMMIT');
    return [
      ...books,
      ...(journalFile === undefined ? [] : checkJournal(lines, ledger)),
      ...(await eventResults(mongoUrl, ledger, waitMs, afterRestore)),
    ];
  });
}

async function eventResults(mongoUrl: string, ledger: Ledger, waitMs: number, afterRestore: boolean) {
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    const results = checkEvents(await readEvents(mongoUrl), ledger, { afterRestore });
    if (results.every(({ violations }) => violations.length === 0) || Date.now() >= giveUpAt) return results;
    await delay(1_000);
  }
}
