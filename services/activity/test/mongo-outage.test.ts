import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createTestMongo,
  createTestProxy,
  createTestRedis,
  type TestMongo,
  type TestProxy,
  type TestRedis,
} from '@mainstay/platform/testing';
import { newEventId } from '@mainstay/events';
import { mongo } from 'mongoose';
import type { EventModels } from '../src/mongo/event-model.js';
import { createMongoActivityLog } from '../src/mongo/mongo-activity-log.js';
import { identityOf, startReplica, type Replica } from './running-activity.js';
import { opened } from './sample-events.js';
import { until } from '@mainstay/platform/testing/eventually';

let server: TestRedis;
let database: TestMongo;
let wayToMongo: TestProxy;
let replica: Replica;
beforeAll(async () => {
  [server, database] = [await createTestRedis(), await createTestMongo()];
  wayToMongo = await createTestProxy(database.url);
  await wayToMongo.cut();
  replica = await startReplica({ redisUrl: server.url, mongoUrl: wayToMongo.url });
});
afterAll(async () => {
  await replica.close();
  await wayToMongo.cut();
  await database.drop();
  await server.close();
});

const ada = newEventId();
const get = async (path: string) => fetch(`${replica.url}${path}`, { headers: await identityOf(ada) });
const listedIds = async () => {
  const reply = await get('/v1/activity');
  return reply.ok ? ((await reply.json()) as { items: { id: string }[] }).items.map(({ id }) => id) : [];
};

describe('while MongoDB is down', () => {
  it('the service starts and waits, events stay in the stream, and reads get 503', async () => {
    const event = opened(ada);
    await until(() => replica.redis.status === 'ready');
    await replica.stream.appendEvent(event);
    for (const path of ['/v1/activity', '/v1/activity/summary', '/v1/activity/live']) {
      const reply = await get(path);
      expect([path, reply.status, ((await reply.json()) as { code: string }).code]).toEqual([path, 503, 'unavailable']);
      expect(reply.headers.get('retry-after')).toBe('5');
    }
    expect((await replica.stream.stats()).length).toBe(1);

    await wayToMongo.restore();
    await until(async () => (await listedIds()).includes(event.id));
  });

  it('reads get 503 in a second outage, and the events of the outage are stored afterwards', async () => {
    await wayToMongo.cut();
    const events = [opened(ada), opened(ada)];
    for (const event of events) await replica.stream.appendEvent(event);
    expect((await get('/v1/activity')).status).toBe(503);
    expect((await replica.stream.stats()).deadLetters).toBe(0);

    await wayToMongo.restore();
    await until(async () => (await replica.stream.stats()).length === 0);
    await until(async () => (await listedIds()).length > 0);
    expect((await listedIds()).slice(0, 2)).toEqual([events[1]?.id, events[0]?.id]);
  });
});

describe('an unknown server error', () => {
  it('results in 503 if the query did not cause it', async () => {
    const { activityLog, mistake, unforeseen } = failingLog();
    const period = { from: new Date(0), to: new Date() };
    const list = () => activityLog.list({ userId: ada, period, limit: 1 });
    unforeseen();
    await expect(list()).rejects.toMatchObject({ code: 'unavailable', cause: { message: 'Map is closed' } });
    mistake();
    await expect(list()).rejects.toMatchObject({ message: 'BadValue' });
  });
});

describe('a live feed that is opened after its deadline', () => {
  it('releases its place', async () => {
    wayToMongo.slow(400);
    const headers = { ...(await identityOf(ada)), 'mainstay-deadline-ms': '100' };
    const reply = await fetch(`${replica.url}/v1/activity/live`, { headers });
    expect(reply.status).toBe(504);
    await until(async () => /^live_feeds\S* 0$/m.test((await replica.metrics.render()).body));
    wayToMongo.slow(0);
  });
});

/** An event log whose MongoDB server fails with the given errors. */
function failingLog() {
  let answer: () => Error = () => new Error('no error was set');
  const chain = {
    select: () => chain,
    sort: () => chain,
    limit: () => chain,
    maxTimeMS: () => chain,
    lean: () => Promise.reject(answer()),
  };
  const events = { find: () => chain } as unknown as EventModels['events'];
  return {
    activityLog: createMongoActivityLog({ events }, 1_000),
    unforeseen: () => (answer = () => new mongo.MongoServerError({ message: 'Map is closed' })),
    mistake: () => (answer = () => new mongo.MongoServerError({ message: 'BadValue', code: 2 })),
  };
}
