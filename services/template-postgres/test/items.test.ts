import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createIdentityIssuer, generateIdentityKeys, IDENTITY_HEADER } from '@mainstay/identity';
import { createTestDatabase, type TestDatabase } from '@mainstay/platform/testing';
import { migrate, openDatabase, type ServicePool } from '@mainstay/postgres';
import { createTestRuntime, type TestRuntime } from '@mainstay/service/testing';
import type { Express } from 'express';
import request from 'supertest';
import { compose } from '../src/compose.js';
import { configSchema, type Config } from '../src/config.js';
import { schema } from '../src/postgres/schema.js';

const { privateKey, publicKey } = generateIdentityKeys();
const issuer = createIdentityIssuer({ privateKeys: privateKey });
let database: TestDatabase;
let runtime: TestRuntime<Config>;
let pool: ServicePool;
let app: Express;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate({ schema, ownerUrl: database.ownerUrl, serviceUrl: database.url, report: () => undefined });
  const settings = {
    DATABASE_URL: database.url,
    REDIS_URL: 'redis://127.0.0.1:9', // only the relay connects to Redis, and this test does not start the relay
    IDENTITY_PUBLIC_KEYS: publicKey,
    CURSOR_SECRETS: 'a secret of thirty-two characters',
  };
  runtime = createTestRuntime({ name: 'template', configSchema, settings });
  const opened = openDatabase(runtime, schema);
  pool = opened.pool;
  app = compose(runtime, opened);
});
afterAll(async () => {
  await runtime.close();
  await database.drop();
});

/** Sends requests with an identity token, like the gateway. */
async function caller(userId = randomUUID()) {
  const token = await issuer.issue({ audience: 'template', userId });
  const get = (path: string) => request(app).get(path).set(IDENTITY_HEADER, token);
  const add = (name: string, key: string = randomUUID()) =>
    request(app).post('/v1/template').set(IDENTITY_HEADER, token).set('Idempotency-Key', key).send({ name });
  return { userId, get, add };
}

const idOf = ({ body }: request.Response) => (body as { id: string }).id;
const codeOf = ({ status, body }: request.Response) => [status, (body as { code: string }).code];

describe('POST /v1/template', () => {
  it('adds an item once for each idempotency key, and returns the first response again', async () => {
    const ada = await caller();
    const first = await ada.add('Tea', 'one');
    expect([first.status, first.headers.location]).toEqual([201, `/v1/template/${idOf(first)}`]);
    const again = await ada.add('Tea', 'one');
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([201, first.text, 'true']);
    expect(codeOf(await ada.add('Milk', 'one'))).toEqual([422, 'idempotency_key_reused']);
  });

  it('accepts a name once for each user, even from concurrent requests', async () => {
    const [ada, bob] = [await caller(), await caller()];
    const replies = await Promise.all([ada.add('Tea'), ada.add('Tea'), ada.add('Tea'), bob.add('Tea')]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 201, 400, 400]);
  });

  it('writes the event in the same transaction', async () => {
    const ada = await caller();
    const itemId = idOf(await ada.add('Tea'));
    const { rows } = await pool.query('SELECT type, data FROM outbox WHERE subjects = ARRAY[$1::uuid]', [ada.userId]);
    expect(rows).toEqual([{ type: 'template.item_added', data: { itemId, name: 'Tea' } }]);
  });

  it('requires an idempotency key, a name and a token of the gateway', async () => {
    const ada = await caller();
    expect(codeOf(await ada.add(''))).toEqual([400, 'invalid_request']);
    const token = await issuer.issue({ audience: 'template', userId: ada.userId });
    const unkeyed = request(app).post('/v1/template').set(IDENTITY_HEADER, token).send({ name: 'Tea' });
    expect(codeOf(await unkeyed)).toEqual([400, 'idempotency_key_missing']);
    expect((await request(app).post('/v1/template').send({ name: 'Tea' })).status).toBe(401);
  });
});

describe('GET /v1/template', () => {
  it('lists my items in pages, oldest first', async () => {
    const ada = await caller();
    const added = [await ada.add('One'), await ada.add('Two'), await ada.add('Three')].map(
      ({ body }) => body as object,
    );
    const first = (await ada.get('/v1/template?limit=2')).body as { items: object[]; nextCursor: string };
    expect(first.items).toEqual(added.slice(0, 2));
    const next = await ada.get(`/v1/template?limit=2&cursor=${first.nextCursor}`);
    expect(next.body).toEqual({ items: added.slice(2), nextCursor: null });
  });
});

describe('GET /v1/template/:itemId', () => {
  it('returns an item to its owner, and 404 to another user', async () => {
    const [ada, bob] = [await caller(), await caller()];
    const added = await ada.add('Tea');
    const path = `/v1/template/${idOf(added)}`;
    expect((await ada.get(path)).body).toEqual(added.body);
    expect(codeOf(await bob.get(path))).toEqual([404, 'not_found']);
  });
});
