import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createIdentityIssuer, generateIdentityKeys, IDENTITY_HEADER } from '@mainstay/identity';
import { createTestRuntime } from '@mainstay/service/testing';
import request from 'supertest';
import { compose } from '../src/compose.js';
import { configSchema } from '../src/config.js';

const { privateKey, publicKey } = generateIdentityKeys();
const issuer = createIdentityIssuer({ privateKeys: privateKey });
const runtime = createTestRuntime({ name: 'template', configSchema, settings: { IDENTITY_PUBLIC_KEYS: publicKey } });
const app = compose(runtime);
afterAll(() => runtime.close());

/** Sends a request with an identity token, like the gateway. */
async function get(path: string) {
  const token = await issuer.issue({ audience: 'template', userId: randomUUID() });
  return request(app).get(path).set(IDENTITY_HEADER, token);
}

describe('GET /v1/template', () => {
  it('lists all items', async () => {
    const reply = await get('/v1/template');
    expect([reply.status, reply.body]).toMatchObject([200, { items: [{ id: 'first' }, { id: 'second' }] }]);
  });

  it('refuses an unknown query parameter', async () => {
    expect((await get('/v1/template?limit=1')).status).toBe(400);
  });

  it('refuses a caller without a token of the gateway', async () => {
    expect((await request(app).get('/v1/template')).status).toBe(401);
  });
});

describe('GET /v1/template/:itemId', () => {
  it('returns one item', async () => {
    expect((await get('/v1/template/first')).body).toEqual({ id: 'first', name: 'The first item' });
  });

  it('responds with 404 if the item does not exist', async () => {
    const reply = await get('/v1/template/third');
    expect([reply.status, (reply.body as { code: string }).code]).toEqual([404, 'not_found']);
  });
});
