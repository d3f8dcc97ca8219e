import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { reconcile } from '../src/postgres/reconcile.js';
import { openAccount, startAccounts, type RunningAccounts } from './running-accounts.js';

let accounts: RunningAccounts;
let owner: Client;

beforeAll(async () => {
  accounts = await startAccounts();
  owner = new Client({ connectionString: accounts.database.ownerUrl });
  await owner.connect();
  const ada = await accounts.register();
  await openAccount(ada, { balance: 500 });
});
afterAll(async () => {
  await owner.end();
  await accounts.close();
});

const broken = async () =>
  (await reconcile(owner)).filter(({ violations }) => violations > 0).map(({ statement }) => statement);

/** Changes the tables as their owner, and returns the invariants that are broken. */
async function brokenBy(statement: string): Promise<string[]> {
  await owner.query(statement);
  return broken();
}

describe('reconcile', () => {
  it('finds no violation in a ledger that the service wrote', async () => {
    expect(await broken()).toEqual([]);
  });

  it('ignores a transfer whose event was deleted after the retention, even if all other events are new', async () => {
    await owner.query("UPDATE transfers SET created_at = created_at - interval '40 days'");
    await owner.query("UPDATE outbox SET created_at = created_at - interval '40 days'");
    await owner.query('SELECT keep_outbox_partitions(30)');
    const bob = await accounts.register();
    await openAccount(bob, { balance: 500 });
    expect(await broken()).toEqual([]);
  });

  it('reports a changed balance, a changed entry, a gap in a sequence and a missing event', async () => {
    expect(await brokenBy('UPDATE accounts SET balance = balance + 1 WHERE owner_id IS NOT NULL')).toEqual([
      'The balances of each currency sum to zero',
      'Each balance is the sum of its entries',
    ]);
    await owner.query('UPDATE accounts SET balance = balance - 1 WHERE owner_id IS NOT NULL');
    expect(await brokenBy('UPDATE entries SET amount = amount + 1 WHERE amount > 0')).toEqual([
      'Each balance is the sum of its entries',
      'Each entry continues the balance of the entry before it',
      'Each transfer has exactly two entries, out of one account and into the other',
    ]);
    await owner.query('UPDATE entries SET amount = amount - 1 WHERE amount > 0');
    expect(await brokenBy('UPDATE entries SET sequence = 2 WHERE amount > 0')).toEqual([
      'Each account numbers its entries 1, 2, 3 … without a gap',
    ]);
    await owner.query('UPDATE entries SET sequence = 1 WHERE amount > 0');
    expect(await brokenBy("DELETE FROM outbox WHERE type = 'deposit.completed'")).toEqual([
      'Each transfer that the outbox still covers has exactly one event',
    ]);
  });

  it('reports a new transfer without an event, even if the outbox is empty', async () => {
    expect(await brokenBy('DELETE FROM outbox')).toEqual([
      'Each transfer that the outbox still covers has exactly one event',
    ]);
  });
});
