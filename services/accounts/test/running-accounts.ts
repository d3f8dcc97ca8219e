import { createTestDatabase } from '@mainstay/platform/testing';
import {
  createIdentityIssuer,
  createIdentityVerifier,
  generateIdentityKeys,
  IDENTITY_HEADER,
} from '@mainstay/identity';
import { createLogger } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { createCursors } from '@mainstay/service/requests';
import { Secret } from '@mainstay/config';
import type { Express } from 'express';
import request, { type Test } from 'supertest';
import { createApp } from '../src/app.js';
import { renderTransfer } from '../src/http/transfer-schemas.js';
import { createArgon2Passwords } from '../src/passwords/argon2-passwords.js';
import { createCommonPasswords } from '../src/passwords/common-passwords.js';
import { migrate } from '../src/postgres/migrate.js';
import { openPool } from '../src/postgres/open-pool.js';
import { createPostgresAccounts } from '../src/postgres/postgres-accounts.js';
import { createPostgresLedger } from '../src/postgres/postgres-ledger.js';
import { createPostgresUsers } from '../src/postgres/postgres-users.js';
import { queryOn } from '../src/postgres/query.js';
import { startStatementWorkers } from '../src/statements/statement-workers.js';

/** The accounts service as main.ts makes it, on a database of its own, called as the gateway calls it. */
export async function startAccounts({ demoDeposits = true } = {}) {
  const database = await createTestDatabase();
  await migrate({ ownerUrl: database.ownerUrl, serviceUrl: database.url, report: () => undefined });
  const log = createLogger({ service: 'accounts', version: 'test', level: 'error' });
  const metrics = createMetrics({ service: 'accounts', version: 'test' });
  const pool = openPool({ url: new Secret(database.url), connectionsMax: 10, statementTimeoutMs: 5_000, log, metrics });
  const { privateKey, publicKey } = generateIdentityKeys();
  const issuer = createIdentityIssuer({ privateKeys: privateKey });
  const statements = startStatementWorkers({ threads: 1, queueMax: 5 });
  const query = queryOn(pool, { waitingMax: 200 });
  const traceparent = () => undefined;
  const ledger = createPostgresLedger({ pool, query, renderTransfer, traceparent });
  const app = createApp({
    config: { demoDeposits, requestDeadlineMs: 10_000, bodyBytesMax: 65_536 },
    log,
    metrics,
    users: createPostgresUsers(query, traceparent),
    passwords: createArgon2Passwords(),
    commonPasswords: createCommonPasswords(),
    accounts: createPostgresAccounts(query, traceparent),
    ledger,
    statements,
    cursors: createCursors(['a secret of thirty-two characters']),
    identityVerifier: createIdentityVerifier({ publicKeys: publicKey, audience: 'accounts' }),
  });
  const tokenOf = (userId?: string) => issuer.issue({ audience: 'accounts', userId });
  return {
    app,
    pool,
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
      await statements.close();
      await ledger.close();
      await pool.end();
      await database.drop();
      metrics.close();
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

/** A key that no other request of the test file has. */
export function freshKey(): string {
  keys += 1;
  return `key-${keys}`;
}

/** Opens an account and pays `balance` in. */
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
