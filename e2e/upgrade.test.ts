import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, createTestRedis, type TestDatabase, type TestRedis } from '@mainstay/platform/testing';
import { Redis } from 'ioredis';
import pg from 'pg';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startPlatform, type Platform } from './platform.js';

/** Data of release 0.1.0. The session has no MAC, and the password is shorter than today's minimum. */
const former = {
  migrations: ['0001_users', '0002_ledger', '0003_idempotency_keys', '0004_outbox', '0005_post_transfer'],
  user: {
    id: '019a7c10-0000-7000-8000-000000000001',
    email: 'ada@example.com',
    displayName: 'Ada',
    password: 'short-pass',
  },
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$AmO/3ezVKpYjWCNS0ssrpA$/IqV8VBizYMSqR7/P9CNPgrog4R9ZhzDiHUkwct8cE0',
  accounts: ['019a7c10-0000-7000-8000-00000000000a', '019a7c10-0000-7000-8000-00000000000b'] as const,
  key: 'a key of 0.1.0',
  transferId: '019a7c10-0000-7000-8000-0000000000f2',
  session: { sid: 'wq3Jp0tQ7c1mX5bYx2VnR8eZk4LdHs6T', id: '019a7c10-0000-7000-8000-0000000000e1' },
};
const sessionSecret = 'the session secret of the upgrade test';
const [from, to] = former.accounts;
const order = { amount: 250, fromAccountId: from, memo: 'rent', toAccountId: to };

let database: TestDatabase;
let server: TestRedis;
let redis: Redis;
let platform: Platform;
let firstReply: string;

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), createTestRedis()]);
  redis = new Redis(server.url);
  firstReply = await writeFormerLedger();
  await writeFormerSession();
  platform = await startPlatform({
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    REDIS_URL: server.url,
    SESSION_SECRET: sessionSecret,
  });
});
afterAll(async () => {
  await platform.close();
  redis.disconnect();
  await Promise.all([database.drop(), server.close()]);
});

async function writeFormerLedger(): Promise<string> {
  const owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query(
    'CREATE TABLE schema_migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)',
  );
  for (const name of former.migrations) {
    await owner.query(await readFile(new URL(`../services/accounts/migrations/${name}.sql`, import.meta.url), 'utf8'));
    await owner.query('INSERT INTO schema_migrations (name, run_on) VALUES ($1, now())', [name]);
  }
  const { id, email, displayName } = former.user;
  await owner.query('INSERT INTO users (id, email, display_name, password_hash) VALUES ($1, $2, $3, $4)', [
    ...[id, email, displayName, former.passwordHash],
  ]);
  await owner.query(`INSERT INTO accounts (id, name, currency) VALUES (gen_random_uuid(), 'world', 'EUR')`);
  for (const account of former.accounts)
    await owner.query(`INSERT INTO accounts (id, owner_id, name, currency) VALUES ($1, $2, 'Everyday', 'EUR')`, [
      account,
      id,
    ]);
  const fingerprint = createHash('sha256')
    .update(`POST /v1/transfers\n${JSON.stringify(order)}`)
    .digest();
  const post = async (
    route: string,
    key: string,
    transferId: string,
    source: string | null,
    target: string,
    amount: number,
  ) => {
    const { rows } = await owner.query<{ outcome: string; reply_body: string }>(
      `SELECT outcome, reply_body FROM post_transfer($1, $2, $3, $4, $5, $6, $7, $8, $9,
         gen_random_uuid(), gen_random_uuid(), uuidv7(), NULL)`,
      [id, route, key, fingerprint, transferId, source, target, amount, source && order.memo],
    );
    expect(rows[0]?.outcome).toBe('posted');
    return rows[0]!.reply_body;
  };
  const deposit = '019a7c10-0000-7000-8000-0000000000f1';
  await post('POST /v1/accounts/:accountId/deposits', 'deposit', deposit, null, from, 1_000);
  const reply = await post('POST /v1/transfers', former.key, former.transferId, from, to, order.amount);
  await owner.end();
  return reply;
}

async function writeFormerSession(): Promise<void> {
  const { sid, id } = former.session;
  const createdAt = new Date().toISOString();
  const cookie = {
    originalMaxAge: 2_592_000_000,
    expires: new Date(Date.now() + 2_592_000_000),
    secure: false,
    httpOnly: true,
  };
  const content = {
    cookie: { ...cookie, path: '/', sameSite: 'lax' },
    userId: former.user.id,
    sessionId: id,
    createdAt,
  };
  await redis.set(`session:${sid}`, JSON.stringify(content), 'EX', 86_400);
  const record = { sid, createdAt, userAgent: 'a browser', ip: '127.0.0.1' };
  await redis.hset(`user-sessions:${former.user.id}`, id, JSON.stringify(record));
  await redis.zadd(`user-sessions-seen:${former.user.id}`, Date.now(), id);
}

function formerCookie(): string {
  const { sid } = former.session;
  const signature = createHmac('sha256', sessionSecret).update(sid).digest('base64').replace(/=+$/, '');
  return `mainstay.sid=${encodeURIComponent(`s:${sid}.${signature}`)}`;
}

async function ask(
  method: string,
  path: string,
  { body, key, cookie = formerCookie() }: { body?: object; key?: string; cookie?: string } = {},
) {
  const headers = { cookie, 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) };
  return fetch(platform.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

describe('an installation of release 0.1.0, after an update', () => {
  it('keeps its users signed in', async () => {
    const reply = await ask('GET', '/v1/session');
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({
      user: { email: former.user.email },
      session: { id: former.session.id },
    });
    const { items } = (await (await ask('GET', '/v1/sessions')).json()) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toContain(former.session.id);
  });

  it('accepts the passwords of its users, and writes sessions that release 0.1.0 can read', async () => {
    const { email, password } = former.user;
    const reply = await ask('POST', '/v1/session', { body: { email, password }, cookie: '' });
    expect(reply.status).toBe(201);
    const sid = /mainstay\.sid=s%3A([^.]+)\./.exec(reply.headers.getSetCookie().join())?.[1] ?? '';
    const content = JSON.parse((await redis.get(`session:${sid}`)) ?? '{}') as Record<string, unknown>;
    expect(content).toMatchObject({ userId: former.user.id, cookie: { path: '/' } });
    expect(Date.parse(String(content.createdAt))).not.toBeNaN();
    const record = await redis.hget(`user-sessions:${former.user.id}`, String(content.sessionId));
    expect(JSON.parse(record ?? '{}')).toMatchObject({ sid });
  });

  it('repeats no payment: the same key gets the first reply, byte for byte', async () => {
    const reply = await ask('POST', '/v1/transfers', { body: order, key: former.key });
    expect([reply.status, reply.headers.get('idempotency-replayed'), await reply.text()]).toEqual([
      201,
      'true',
      firstReply,
    ]);
    const { balance } = (await (await ask('GET', `/v1/accounts/${from}`)).json()) as { balance: number };
    expect(balance).toBe(750);
  });

  it('publishes the events that release 0.1.0 had not published', async () => {
    const transfers = async () =>
      (await (await ask('GET', '/v1/activity?type=transfer.completed')).json()) as {
        items: { data: { transferId: string } }[];
      };
    const { items } = await eventually(transfers, ({ items }) => items.length > 0);
    expect(items.map(({ data }) => data.transferId)).toEqual([former.transferId]);
  });
});
