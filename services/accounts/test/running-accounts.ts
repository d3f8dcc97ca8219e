import { createTestDatabase } from '@mainstay/platform/testing';
import { createIdentityIssuer, generateIdentityKeys, IDENTITY_HEADER } from '@mainstay/identity';
import { migrate, openDatabase } from '@mainstay/postgres';
import { createTestRuntime } from '@mainstay/service/testing';
import type { Express } from 'express';
import request, { type Test } from 'supertest';
import { compose } from '../src/compose.js';
import { configSchema } from '../src/config.js';
import { schema } from '../src/postgres/schema.js';

/** Starts the accounts service with its own database and without the relay. */
export async function startAccounts(settings: Record<string, string> = {}) {
  const database = await createTestDatabase();
  await migrate({ schema, ownerUrl: database.ownerUrl, serviceUrl: database.url, report: () => undefined });
  const { privateKey, publicKey } = generateIdentityKeys();
  const issuer = createIdentityIssuer({ privateKeys: privateKey });
  const runtime = createTestRuntime({
    name: 'accounts',
    configSchema,
    settings: {
      DATABASE_URL: database.url,
      DATABASE_POOL_MAX: '10',
      REDIS_URL: 'redis://127.0.0.1:9',
      IDENTITY_PUBLIC_KEYS: publicKey,
      CURSOR_SECRETS: 'a secret of thirty-two characters',
      PASSWORD_QUEUE_MAX: '10000',
      ...settings,
    },
  });
  const opened = openDatabase(runtime, schema);
  const app = compose(runtime, opened);
  const tokenOf = (userId?: string) => issuer.issue({ audience: 'accounts', userId });
  return {
    app,
    pool: opened.pool,
    database,
    tokenOf,
    asAnonymous: caller(app, await tokenOf()),
    async register(email = `${crypto.randomUUID()}@example.com`): Promise<Person> {
      const anonymous = caller(app, await tokenOf());
      const reply = await anonymous.post('/internal/users').send({ ...person, email, session: origin });
      const { id } = reply.body as { id: string };
      return { id, email, ...caller(app, await tokenOf(id)) };
    },
    async close() {
      await runtime.close();
      await database.drop();
    },
  };
}

export type RunningAccounts = Awaited<ReturnType<typeof startAccounts>>;
export type Person = { id: string; email: string } & ReturnType<typeof caller>;

export const person = { password: 'correct horse battery', displayName: 'Ada Lovelace' };
export const origin = { id: '0198c5a0-0000-7000-8000-000000000001', ip: '127.0.0.1', userAgent: 'jest' };

function caller(app: Express, token: string) {
  const send = (test: Test) => test.set(IDENTITY_HEADER, token);
  return {
    get: (path: string) => send(request(app).get(path)),
    post: (path: string) => send(request(app).post(path)),
    put: (path: string) => send(request(app).put(path)),
  };
}

let keys = 0;

/** Returns an idempotency key that no other request of the test file uses. */
export function freshKey(): string {
  keys += 1;
  return `key-${keys}`;
}

/** Opens an account and deposits `balance`. */
export async function openAccount(of: Person, { currency = 'EUR', balance = 0 } = {}): Promise<string> {
  const opened = await of.post('/v1/accounts').send({ name: 'Everyday', currency });
  const { id } = opened.body as { id: string };
  if (balance > 0) {
    await of
      .post(`/v1/accounts/${id}/deposits`)
      .set('Idempotency-Key', freshKey())
      .send({ amount: balance })
      .expect(201);
  }
  return id;
}
