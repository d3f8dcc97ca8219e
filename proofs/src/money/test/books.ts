/**
 * Makes a small ledger in PostgreSQL, the events of the ledger in MongoDB, and a journal of all replies. The file uses
 * no code of the services.
 */
import { randomUUID } from 'node:crypto';
import type { Line } from '../journal.ts';
import type { Client } from 'pg';
import type { Db } from 'mongodb';

/** Empties both stores. Then writes two users, one account for each user, one deposit and two transfers. */
export async function openBooks(owner: Client, events: Db) {
  const users = { ada: randomUUID(), bob: randomUUID() };
  const accounts = { world: randomUUID(), ada: randomUUID(), bob: randomUUID() };
  const lines: Line[] = [];
  const told: object[] = [];
  const names = ['ada', 'bob'] as const;
  const time = new Date().toISOString();

  await owner.query('TRUNCATE entries, transfers, accounts, users');
  for (const name of names) {
    const row = [users[name], `${name}@example.com`, name, 'x'];
    await owner.query('INSERT INTO users (id, email, display_name, password_hash) VALUES ($1, $2, $3, $4)', row);
    told.push({ _id: randomUUID(), type: 'user.registered', subjects: [users[name]], data: {} });
    acknowledge({ request: 'POST /v1/users', user: users[name], id: users[name] });
  }
  for (const [name, id] of Object.entries(accounts)) {
    const ownerId = name === 'world' ? null : users[name as 'ada'];
    await owner.query(`INSERT INTO accounts (id, owner_id, name, currency) VALUES ($1, $2, $3, 'EUR')`, [
      id,
      ownerId,
      name,
    ]);
    if (ownerId === null) continue;
    told.push({ _id: randomUUID(), type: 'account.opened', subjects: [ownerId], data: { accountId: id } });
    acknowledge({ request: 'POST /v1/accounts', user: ownerId, id });
  }

  function acknowledge(line: Partial<Line>) {
    lines.push({ time, outcome: 'acknowledged', ...line } as Line);
  }

  async function addEntry(account: string, transfer: string, amount: number) {
    const { rows } = await owner.query(
      `WITH moved AS (UPDATE accounts SET balance = balance + $3, sequence = sequence + 1 WHERE id = $1 RETURNING balance, sequence)
       INSERT INTO entries (id, account_id, sequence, transfer_id, amount, balance_after, created_at)
       SELECT gen_random_uuid(), $1, sequence, $2, $3, balance, now() FROM moved RETURNING id`,
      [account, transfer, amount],
    );
    return rows[0].id;
  }

  async function post(from: string, to: string, amount: number, key: string) {
    const id = randomUUID();
    await owner.query(
      `INSERT INTO transfers (id, from_account_id, to_account_id, amount, currency, memo, created_at) VALUES ($1, $2, $3, $4, 'EUR', $5, now())`,
      [id, from, to, amount, key],
    );
    await addEntry(from, id, -amount);
    lastEntry = await addEntry(to, id, amount);
    const isDeposit = from === accounts.world;
    const owners = names.filter((name) => [from, to].includes(accounts[name])).map((name) => users[name]);
    const type = isDeposit ? 'deposit.completed' : 'transfer.completed';
    const event = { _id: randomUUID(), type, subjects: owners, data: { transferId: id } };
    await events.collection('events').insertOne(event as any);
    const request = isDeposit ? 'POST /v1/accounts/:id/deposits' : 'POST /v1/transfers';
    const user = owners[0] ?? '';
    acknowledge({ request, user, key, id, to, amount, ...(isDeposit ? {} : { from }) });
    return id;
  }

  let lastEntry = '';
  await events.collection('events').deleteMany({});
  await events.collection('events').insertMany(told);
  await post(accounts.world, accounts.ada, 1_000, 'deposit');
  await post(accounts.ada, accounts.bob, 300, 'rent');
  await post(accounts.bob, accounts.ada, 100, 'change');
  return { users, accounts, lines, post, acknowledge, lastEntry, lastLine: lines.at(-1)! };
}
