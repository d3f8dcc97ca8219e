import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { serviceOf } from '@mainstay/platform/services';
import { createTestProxy, type TestProxy } from '@mainstay/platform/testing';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { eventually } from '@mainstay/platform/testing/eventually';
import type { ServiceName } from '../platform.js';
import { visitor, type Reply, type Visitor } from '../visitor.js';
import { startHarmablePlatform, type HarmablePlatform } from './harmable-platform.js';
import { createPayer, expectRefusal, type Payer } from './payer.js';
import { takeAllConnections } from './take-connections.js';

const person = { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' };
const waitingMax = 20;

/** The tests break the stores of these services. */
const services: ServiceName[] = ['gateway', 'accounts', 'activity'];

// A service restarts slowly on a busy machine, so each test may take up to 90 s.
jest.setTimeout(90_000);

let platform: HarmablePlatform;
let ada: Visitor;
let payer: Payer;
let ways: TestProxy[] = [];
beforeAll(async () => {
  platform = await startHarmablePlatform({
    REQUEST_DEADLINE_MS: '2500',
    DATABASE_WAITING_MAX: String(waitingMax),
    DATABASE_STATEMENT_TIMEOUT_MS: '1000',
    MONGO_TIMEOUT_MS: '1000',
    RATE_LIMIT_LOGIN_MAX: '1000',
  });
  ada = visitor(platform.url);
  // A service on a busy machine can refuse a request. So repeat both requests until the sign-in succeeds.
  await eventually(() => ada.post('/v1/users', person).then(() => signIn(ada)), answers(201));
  payer = await createPayer(ada);
}, 120_000);
afterAll(async () => {
  await platform.close();
  await Promise.all(ways.map((way) => way.close()));
});

const answers =
  (status: number) =>
  (reply: Reply): boolean =>
    reply.status === status;
const degradedAt = async (name: ServiceName) => (await platform.readiness(name)).degraded;
const isDegraded = (name: ServiceName, store: string) =>
  eventually(
    () => degradedAt(name),
    (stores) => stores.includes(store),
  );
const signIn = (who: Visitor) => who.post('/v1/session', { email: person.email, password: person.password });

async function expectRecovery(): Promise<void> {
  await eventually(async () => {
    const replies = await Promise.all(['/v1/users/me', '/v1/activity', '/v1/sessions'].map((path) => ada.get(path)));
    const stores = (await Promise.all(services.map(degradedAt))).flat();
    return replies.every(({ status }) => status === 200) && stores.length === 0;
  }, Boolean);
  await payer.settle();
}

async function expectOnlyAccountsRefuses(): Promise<void> {
  const stranger = visitor(platform.url);
  const [me, transfer, signedIn, activity, sessions] = await Promise.all([
    ada.get('/v1/users/me'),
    payer.pay(),
    signIn(stranger),
    ada.get('/v1/activity'),
    ada.get('/v1/sessions'),
  ]);
  for (const reply of [me, transfer, signedIn]) expectRefusal(reply);
  expect([activity.status, sessions.status]).toEqual([200, 200]);
  await isDegraded('accounts', 'postgres');
  expect((await platform.readiness('accounts')).status).toBe('ok');
}

async function expectOnlyActivityRefuses(): Promise<void> {
  const [transfer, me, list, summary] = await Promise.all([
    payer.pay(),
    ada.get('/v1/users/me'),
    ada.get('/v1/activity'),
    ada.get('/v1/activity/summary'),
  ]);
  expect([transfer.status, me.status]).toEqual([201, 200]);
  for (const reply of [list, summary]) expectRefusal(reply);
  await isDegraded('activity', 'mongo');
  // After the first failures, the service refuses requests with 503, without a call to MongoDB.
  await eventually(() => ada.get('/v1/activity'), answers(503));
}

async function expectNobodyTakenForAnother(): Promise<void> {
  const stranger = visitor(platform.url);
  const replies = await Promise.all([
    // The gateway uses the last known session for up to one second (decision 24). So repeat the request until the
    // status is not 200.
    eventually(
      () => ada.get('/v1/users/me'),
      (reply) => reply.status !== 200,
    ),
    payer.pay(),
    eventually(
      () => ada.get('/v1/activity'),
      (reply) => reply.status !== 200,
    ),
    signIn(stranger),
    stranger.post('/v1/users', { ...person, email: 'eve@example.com' }),
  ]);
  for (const reply of replies) expectRefusal(reply);
  // A request without a cookie needs no session, so the reply is the same as with a working Redis.
  const anonymous = await Promise.all(['/v1/users/me', '/openapi.json'].map((path) => visitor(platform.url).get(path)));
  expect(anonymous.map(({ status }) => status)).toEqual([401, 200]);
  await Promise.all(services.map((name) => isDegraded(name, 'redis')));
}

describe('PostgreSQL', () => {
  it('killed: accounts refuses requests, and all other services work', async () => {
    await platform.stores.postgres.kill();
    await expectOnlyAccountsRefuses();
    await platform.stores.postgres.start();
    await expectRecovery();
  });

  it('frozen: accounts refuses requests within the deadline, and only the allowed number of statements waits', async () => {
    await platform.stores.postgres.freeze();
    let isAnswered = false;
    const many = Promise.all(Array.from({ length: 3 * waitingMax }, () => ada.get('/v1/accounts'))).finally(
      () => (isAnswered = true),
    );
    const waiting: number[] = [];
    await eventually(async () => {
      waiting.push(await platform.metric('accounts', 'pg_pool_connections', 'state="waiting"'));
      return isAnswered;
    }, Boolean);
    const replies = await many;
    await expectOnlyAccountsRefuses();
    await platform.stores.postgres.thaw();
    await expectRecovery();
    // The health probe and housekeeping can each wait for a connection too. So the limit is `waitingMax` plus two.
    expect(Math.max(...waiting)).toBeLessThanOrEqual(waitingMax + 2);
    for (const reply of replies) expectRefusal(reply);
  });

  it('out of connections: accounts refuses requests', async () => {
    const taken = await takeAllConnections(platform.stores.postgres.adminUrl);
    await expectOnlyAccountsRefuses();
    await Promise.all(taken.map((client) => client.end()));
    await expectRecovery();
  });
});

describe('MongoDB', () => {
  it.each([
    { fault: 'killed', make: 'kill', mend: 'start' },
    { fault: 'frozen', make: 'freeze', mend: 'thaw' },
  ] as const)('$fault: transfers go on, activity refuses', async ({ make, mend }) => {
    await platform.stores.mongo[make]();
    await expectOnlyActivityRefuses();
    await platform.stores.mongo[mend]();
    await expectRecovery();
  });

  it('wiped: every event is stored again', async () => {
    const client = new MongoClient(platform.stores.mongo.url);
    await client.db().dropDatabase();
    await client.close();
    await payer.expectEachEventOnce();
  });
});

describe('Redis', () => {
  it('frozen: no request with a session and no sign-in is served, and no user becomes anonymous', async () => {
    await platform.stores.redis.freeze();
    await expectNobodyTakenForAnother();
    await platform.stores.redis.thaw();
    await expectRecovery();
  });

  it('out of memory: sign-in is refused, and signed-in users can continue', async () => {
    const redis = new Redis(platform.stores.redis.url);
    await redis.config('SET', 'maxmemory', '1');
    expectRefusal(await signIn(visitor(platform.url)));
    expect((await payer.pay()).status).toBe(201);
    await Promise.all(services.map((name) => isDegraded(name, 'redis')));
    await redis.config('SET', 'maxmemory', '0');
    redis.disconnect();
    await expectRecovery();
  });

  it('wiped: users sign in again, and no event is missing or doubled', async () => {
    const redis = new Redis(platform.stores.redis.url);
    await redis.flushall();
    redis.disconnect();
    // The gateway uses the last known session for up to one second (decision 24). So repeat the request until the
    // status is not 200.
    const reply = await eventually(
      () => ada.get('/v1/users/me'),
      (reply) => reply.status !== 200,
    );
    expect(reply.json.code).toBe('unauthenticated');
    expect((await signIn(ada)).status).toBe(201);
    expect((await payer.pay()).status).toBe(201);
    await payer.expectEachEventOnce();
  });

  it('killed and started without its data: users sign in again, and no event is missing or doubled', async () => {
    await platform.stores.redis.kill();
    await expectNobodyTakenForAnother();
    await platform.stores.redis.start();
    await eventually(() => signIn(ada), answers(201));
    await expectRecovery();
    await payer.expectEachEventOnce();
  });
});

describe('all stores', () => {
  it('absent when the services start: the services wait and refuse requests', async () => {
    const { postgres, redis, mongo } = platform.stores;
    const stores = [postgres, redis, mongo];
    ways = await Promise.all(stores.map((store) => createTestProxy(store.url)));
    await Promise.all(services.map((name) => platform.kill(name)));
    await Promise.all(stores.map((store) => store.kill()));
    const [DATABASE_URL = '', REDIS_URL = '', MONGO_URL = ''] = ways.map(({ url }) => url);
    const started = Promise.all(services.map((name) => platform.start(name, { DATABASE_URL, REDIS_URL, MONGO_URL })));

    const waitingFor = async (name: ServiceName) => (await platform.readiness(name)).waitingFor;
    for (const name of services) {
      expect(
        await eventually(
          () => waitingFor(name),
          ({ length }) => length > 0,
        ),
      ).toEqual(serviceOf(name).stores);
    }
    expect((await fetch(`${platform.url}/healthz`)).status).toBe(503);
    expectRefusal(await ada.get('/v1/users/me'));
    await Promise.all(stores.map((store) => store.start()));
    await started;
    await signIn(ada);
    await expectRecovery();
  });

  it('slow: requests take longer; too slow: requests are refused in time', async () => {
    for (const way of ways) way.slow(50);
    await payer.payForSure();
    await eventually(() => ada.get('/v1/activity'), answers(200));
    for (const way of ways) way.slow(5_000);
    for (const reply of await Promise.all([payer.pay(), ada.get('/v1/activity')])) expectRefusal(reply);
    for (const way of ways) way.slow(0);
    await expectRecovery();
  });
});

describe('after all faults', () => {
  it('each acknowledged transfer exists once, with one event', async () => {
    await payer.expectEachTransferOnce();
    await payer.expectEachEventOnce();
  });
});
