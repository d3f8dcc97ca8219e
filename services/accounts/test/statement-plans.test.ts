import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshKey, openAccount, startAccounts, type RunningAccounts } from './running-accounts.js';

let accounts: RunningAccounts;
beforeAll(async () => {
  accounts = await startAccounts();
});
afterAll(() => accounts.close());

/** The flush publishes only the scans of its own connection, so the pool must have exactly one connection. */
async function scans(): Promise<Record<string, { whole: number; byIndex: number }>> {
  await accounts.pool.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await accounts.pool.query<{ name: string; whole: number; byIndex: number }>(
    `SELECT relname AS name, seq_scan AS whole, idx_scan AS "byIndex" FROM pg_stat_user_tables`,
  );
  expect(accounts.pool.totalCount).toBe(1);
  return Object.fromEntries(rows.map(({ name, ...counts }) => [name, counts]));
}

describe('POST /v1/transfers', () => {
  it('reads every table by an index, even with plans that PostgreSQL made for small tables', async () => {
    const ada = await accounts.register();
    const [fromAccountId, toAccountId] = [await openAccount(ada, { balance: 100 }), await openAccount(ada)];
    const before = await scans();
    for (let payments = 0; payments < 10; payments += 1) {
      const pay = ada.post('/v1/transfers').set('Idempotency-Key', freshKey());
      await pay.send({ fromAccountId, toAccountId, amount: 1 }).expect(201);
    }
    const after = await scans();
    for (const table of ['accounts', 'entries', 'idempotency_keys', 'transfers']) {
      expect([table, after[table]!.whole]).toEqual([table, before[table]!.whole]);
      expect(after[table]!.byIndex).toBeGreaterThan(before[table]!.byIndex);
    }
  });
});
