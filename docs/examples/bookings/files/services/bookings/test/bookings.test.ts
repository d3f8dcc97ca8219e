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
    REDIS_URL: 'redis://127.0.0.1:9', // the tests need no Redis, because only the outbox relay connects to it
    IDENTITY_PUBLIC_KEYS: publicKey,
    CURSOR_SECRETS: 'a secret of thirty-two characters',
  };
  runtime = createTestRuntime({ name: 'bookings', configSchema, settings });
  const opened = openDatabase(runtime, schema);
  pool = opened.pool;
  app = compose(runtime, opened);
});
afterAll(async () => {
  await runtime.close();
  await database.drop();
});

/** Calls the service with an identity token, like the gateway. */
async function caller(userId = randomUUID()) {
  const token = await issuer.issue({ audience: 'bookings', userId });
  const get = (path: string) => request(app).get(path).set(IDENTITY_HEADER, token);
  const book = (wish: object, key: string = randomUUID()) =>
    request(app)
      .post('/v1/bookings')
      .set(IDENTITY_HEADER, token)
      .set('Idempotency-Key', key)
      .send({ room: 'garden', ...wish });
  return { userId, get, book };
}

const idOf = ({ body }: request.Response) => (body as { id: string }).id;
const codeOf = ({ status, body }: request.Response) => [status, (body as { code: string }).code];

describe('POST /v1/bookings', () => {
  it('books a room once for each idempotency key, and repeats the first reply', async () => {
    const ada = await caller();
    const wish = { day: '2130-01-01', fromHour: 9, toHour: 12 };
    const first = await ada.book(wish, 'one');
    expect([first.status, first.headers.location]).toEqual([201, `/v1/bookings/${idOf(first)}`]);
    const again = await ada.book(wish, 'one');
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([201, first.text, 'true']);
    expect(codeOf(await ada.book({ ...wish, toHour: 11 }, 'one'))).toEqual([422, 'idempotency_key_reused']);
  });

  it('refuses overlapping bookings of a room, even from concurrent requests', async () => {
    const [ada, bob] = [await caller(), await caller()];
    const wish = { day: '2130-01-02', fromHour: 9, toHour: 12 };
    const wishes = [ada.book(wish), bob.book(wish), ada.book({ ...wish, fromHour: 11, toHour: 13 }), bob.book(wish)];
    const replies = await Promise.all([...wishes, bob.book({ ...wish, fromHour: 13, toHour: 14 })]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 201, 400, 400, 400]);
  });

  it('writes the event in the same transaction', async () => {
    const ada = await caller();
    const wish = { day: '2130-01-03', fromHour: 9, toHour: 12 };
    const bookingId = idOf(await ada.book(wish));
    const { rows } = await pool.query('SELECT type, data FROM outbox WHERE subjects = ARRAY[$1::uuid]', [ada.userId]);
    expect(rows).toEqual([{ type: 'room.booked', data: { bookingId, room: 'garden', ...wish } }]);
  });

  it.each([
    [{ day: '2020-01-01', fromHour: 9, toHour: 12 }, 'day'],
    [{ day: '2130-01-04', fromHour: 12, toHour: 12 }, 'toHour'],
    [{ day: '2130-01-04', fromHour: 12, toHour: 25 }, 'toHour'],
    [{ day: '2130-02-30', fromHour: 9, toHour: 12 }, 'day'],
    [{ day: '2130-01-04', fromHour: 9, toHour: 12, room: 'cellar' }, 'room'],
  ])('refuses %j and names the wrong field', async (wish, path) => {
    const { status, body } = await (await caller()).book(wish);
    expect([status, (body as { errors: { path: string }[] }).errors[0]?.path]).toEqual([400, path]);
  });
});

describe('GET /v1/bookings', () => {
  it('lists the user’s bookings page by page, the latest first', async () => {
    const ada = await caller();
    const made: object[] = [];
    for (const fromHour of [9, 10, 11])
      made.unshift((await ada.book({ day: '2130-01-05', fromHour, toHour: fromHour + 1 })).body as object);
    const first = (await ada.get('/v1/bookings?limit=2')).body as { items: object[]; nextCursor: string };
    expect(first.items).toEqual(made.slice(0, 2));
    const next = await ada.get(`/v1/bookings?limit=2&cursor=${first.nextCursor}`);
    expect(next.body).toEqual({ items: made.slice(2), nextCursor: null });
  });
});

describe('GET /v1/bookings/:bookingId', () => {
  it('returns a booking to its owner, and 404 to another user', async () => {
    const [ada, bob] = [await caller(), await caller()];
    const made = await ada.book({ day: '2130-01-06', fromHour: 9, toHour: 12 });
    const path = `/v1/bookings/${idOf(made)}`;
    expect((await ada.get(path)).body).toEqual(made.body);
    expect(codeOf(await bob.get(path))).toEqual([404, 'not_found']);
  });
});
