/** The tests break rules. Only the checks of a broken rule must report a violation. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, createTestMongo } from '@mainstay/platform/testing';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { checkMoney } from './check-money.ts';
import { openBooks } from './test/books.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let mongo: Awaited<ReturnType<typeof createTestMongo>>;
let owner: pg.Client;
let client: MongoClient;
let books: Awaited<ReturnType<typeof openBooks>>;
let directory: string;

beforeAll(async () => {
  [database, mongo] = await Promise.all([createTestDatabase(), createTestMongo()]);
  const env = { ...process.env, DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl, NODE_OPTIONS: '' };
  const migrated = spawnSync(process.execPath, ['services/accounts/dist/migrate.js'], { cwd: root, env });
  expect(migrated.status).toBe(0);
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  // The schema prevents these faults, but the checker must find them without the schema.
  await owner.query('ALTER TABLE accounts DROP CONSTRAINT accounts_balance_bounds');
  await owner.query('ALTER TABLE entries DROP CONSTRAINT entries_pkey');
  client = await new MongoClient(mongo.url).connect();
  directory = await mkdtemp(join(tmpdir(), 'mainstay-check-money-'));
});
afterAll(async () => {
  await client.close();
  await owner.end();
  await Promise.all([database.drop(), mongo.drop(), rm(directory, { recursive: true })]);
});
beforeEach(async () => {
  books = await openBooks(owner, client.db());
});

/** @returns names of the checks that report a violation */
async function complaints({ afterRestore = false }: { afterRestore?: boolean } = {}): Promise<string[]> {
  const journalFile = join(directory, 'journal.jsonl');
  await writeFile(journalFile, books.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const results = await checkMoney({ databaseUrl: database.url, mongoUrl: mongo.url, journalFile, afterRestore });
  return results.filter(({ violations }) => violations.length > 0).map(({ name }) => name);
}

const events = () => client.db().collection('events');

describe('checkMoney', () => {
  it('finds no violation in a correct ledger', async () => {
    expect(await complaints()).toEqual([]);
  });

  it('finds money without a source, although balance and entries agree', async () => {
    await owner.query('UPDATE entries SET amount = amount + 5, balance_after = balance_after + 5 WHERE id = $1', [
      books.lastEntry,
    ]);
    await owner.query(
      'UPDATE accounts SET balance = balance + 5 WHERE id = (SELECT account_id FROM entries WHERE id = $1)',
      [books.lastEntry],
    );
    expect(await complaints()).toEqual(['sums', 'legs']);
  });

  it('finds a balance that its entries do not explain, even if the sum stays zero', async () => {
    await owner.query('UPDATE accounts SET balance = balance - 7 WHERE id = $1', [books.accounts.ada]);
    await owner.query('UPDATE accounts SET balance = balance + 7 WHERE id = $1', [books.accounts.bob]);
    expect(await complaints()).toEqual(['balances']);
  });

  it('finds a gap or a repeat in the sequence numbers of an account, and a wrong running balance', async () => {
    await owner.query('UPDATE entries SET sequence = sequence + 1 WHERE id = $1', [books.lastEntry]);
    expect(await complaints()).toEqual(['sequences']);
    await owner.query('UPDATE entries SET sequence = 1 WHERE id = $1', [books.lastEntry]);
    expect(await complaints()).toEqual(['sequences']);
    books = await openBooks(owner, client.db());
    await owner.query('UPDATE entries SET balance_after = balance_after + 1 WHERE id = $1', [books.lastEntry]);
    expect(await complaints()).toEqual(['sequences']);
  });

  it('finds an account that is below zero, or was below zero earlier', async () => {
    await books.post(books.accounts.bob, books.accounts.ada, 100_000, 'an overdraft');
    await books.post(books.accounts.ada, books.accounts.bob, 100_000, 'and back');
    expect(await complaints()).toEqual(['negative']);
  });

  it('finds a transfer that lacks an entry', async () => {
    await owner.query('UPDATE accounts SET balance = 0, sequence = 0');
    await owner.query('DELETE FROM entries');
    expect(await complaints()).toEqual(['legs']);
  });

  it('finds an acknowledged transfer that is missing, or differs from the request', async () => {
    books.acknowledge({ ...books.lastLine, key: 'never done', id: '01900000-0000-7000-8000-000000000000' });
    expect(await complaints()).toEqual(['lost']);
    books = await openBooks(owner, client.db());
    books.lastLine.amount = 1;
    expect(await complaints()).toEqual(['lost']);
  });

  it('finds an idempotency key that moved money twice, whether or not a client got both replies', async () => {
    const again = await books.post(books.accounts.ada, books.accounts.bob, 10, 'twice');
    books.lines.pop();
    expect(await complaints()).toEqual(['doubled']);
    const { ada, bob } = books.accounts;
    books.acknowledge({ ...books.lastLine, from: ada, to: bob, id: again, amount: 10 });
    expect(await complaints()).toEqual(['doubled']);
  });

  it('finds a refused transfer that was made', async () => {
    books.lastLine.outcome = 'refused';
    expect(await complaints()).toEqual(['doubled']);
  });

  it('finds an acknowledged account and user that are missing', async () => {
    for (const request of ['POST /v1/users', 'POST /v1/accounts'] as const) {
      books.lines.push({ ...books.lastLine, request, key: undefined, id: '01900000-0000-7000-8000-000000000000' });
      expect(await complaints()).toEqual(['made']);
      books.lines.pop();
    }
  });

  it('finds a missing event, even if only one of its two owners lacks it', async () => {
    await events().updateOne({ type: 'transfer.completed' }, { $pop: { subjects: 1 } });
    expect(await complaints()).toEqual(['missing events']);
    for (const type of ['transfer.completed', 'deposit.completed', 'account.opened', 'user.registered']) {
      books = await openBooks(owner, client.db());
      await events().deleteOne({ type });
      expect(await complaints()).toEqual(['missing events']);
    }
  });

  it('finds an event that exists twice under two ids', async () => {
    const event = await events().findOne({ type: 'transfer.completed' });
    await events().insertOne({ ...event, _id: 'another' as any });
    expect(await complaints()).toEqual(['doubled events']);
  });

  it('finds an event shown to a stranger, and an event of a missing transfer unless a restore deleted the transfer', async () => {
    await events().updateOne({ type: 'deposit.completed' }, { $push: { subjects: books.users.bob as any } });
    expect(await complaints()).toEqual(['foreign events']);
    books = await openBooks(owner, client.db());
    const event = await events().findOne({ type: 'transfer.completed' });
    await events().insertOne({ ...event, _id: 'ghost' as any, data: { transferId: 'gone' } });
    expect(await complaints()).toEqual(['foreign events']);
    expect(await complaints({ afterRestore: true })).toEqual([]);
  });
});

describe('node proofs/src/check-money.ts', () => {
  it('prints one line per check, and its exit code says whether all checks pass', async () => {
    const whole = await runCommand();
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.output.split('\n').filter((line) => line.startsWith('ok '))).toHaveLength(8);
    await owner.query('UPDATE accounts SET balance = balance + 1 WHERE id = $1', [books.accounts.ada]);
    const broken = await runCommand();
    expect(broken).toMatchObject({ code: 1 });
    expect(broken.output).toMatch(/^FAIL {2}Each balance is the sum of its entries: 1 of 3, such as account /m);
  });
});

function runCommand(): Promise<{ code: number; output: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: database.url, MONGO_URL: mongo.url };
  const child = spawn(process.execPath, ['proofs/src/check-money.ts'], { cwd: root, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, output })));
}
