import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createIdentityIssuer, generateIdentityKeys, IDENTITY_HEADER } from '@mainstay/identity';
import { openMongoDatabase, type Mongo } from '@mainstay/mongo';
import { createTestMongo, createTestProxy, type TestMongo, type TestProxy } from '@mainstay/platform/testing';
import { createTestRuntime, type TestRuntime } from '@mainstay/service/testing';
import type { Express } from 'express';
import request from 'supertest';
import { compose } from '../src/compose.js';
import { configSchema, type Config } from '../src/config.js';

const { privateKey, publicKey } = generateIdentityKeys();
const issuer = createIdentityIssuer({ privateKeys: privateKey });
let store: TestMongo;
let way: TestProxy;
let runtime: TestRuntime<Config>;
let mongo: Mongo;
let app: Express;

beforeAll(async () => {
  store = await createTestMongo();
  way = await createTestProxy(store.url);
  const settings = {
    MONGO_URL: way.url,
    IDENTITY_PUBLIC_KEYS: publicKey,
    CURSOR_SECRETS: 'a secret of thirty-two characters',
  };
  runtime = createTestRuntime({ name: 'template', configSchema, settings });
  mongo = openMongoDatabase(runtime);
  app = compose(runtime, mongo);
  await mongo.connection.asPromise();
});
afterAll(async () => {
  await runtime.close();
  await way.close();
  await store.drop();
});

/** Sends requests with an identity token, like the gateway. */
async function caller(userId = randomUUID()) {
  const token = await issuer.issue({ audience: 'template', userId });
  const get = (path: string) => request(app).get(path).set(IDENTITY_HEADER, token);
  const put = (id: string, name: string) =>
    request(app).put(`/v1/template/${id}`).set(IDENTITY_HEADER, token).send({ name });
  return { get, put };
}

const codeOf = ({ status, body }: request.Response) => [status, (body as { code: string }).code];

describe('PUT /v1/template/:itemId', () => {
  it('adds an item, and replaces the item with the same id', async () => {
    const ada = await caller();
    expect((await ada.put('first', 'Tea')).body).toEqual({ id: 'first', name: 'Tea' });
    await ada.put('first', 'Milk');
    expect((await ada.get('/v1/template')).body).toEqual({ items: [{ id: 'first', name: 'Milk' }], nextCursor: null });
  });

  it('refuses an empty name, an invalid id, and a caller without a token of the gateway', async () => {
    const ada = await caller();
    expect(codeOf(await ada.put('first', ''))).toEqual([400, 'invalid_request']);
    expect(codeOf(await ada.put('First!', 'Tea'))).toEqual([404, 'not_found']);
    expect((await request(app).put('/v1/template/first').send({ name: 'Tea' })).status).toBe(401);
  });
});

describe('GET /v1/template', () => {
  it('lists my items in pages, sorted by id', async () => {
    const [ada, bob] = [await caller(), await caller()];
    for (const id of ['c', 'a', 'b']) await ada.put(id, id);
    await bob.put('d', 'of another user');
    const first = (await ada.get('/v1/template?limit=2')).body as { items: { id: string }[]; nextCursor: string };
    expect(first.items.map(({ id }) => id)).toEqual(['a', 'b']);
    const next = await ada.get(`/v1/template?limit=2&cursor=${first.nextCursor}`);
    expect(next.body).toEqual({ items: [{ id: 'c', name: 'c' }], nextCursor: null });
  });
});

describe('GET /v1/template/:itemId', () => {
  it('returns an item to its owner, and 404 to another user', async () => {
    const [ada, bob] = [await caller(), await caller()];
    await ada.put('first', 'Tea');
    expect((await ada.get('/v1/template/first')).body).toEqual({ id: 'first', name: 'Tea' });
    expect(codeOf(await bob.get('/v1/template/first'))).toEqual([404, 'not_found']);
  });

  it('responds with 503 while MongoDB is down', async () => {
    const ada = await caller();
    await way.cut();
    expect(codeOf(await ada.get('/v1/template/first'))).toEqual([503, 'unavailable']);
    await way.restore();
  });
});
