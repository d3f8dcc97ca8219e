import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@mainstay/config';
import { createTestMongo, createTestRedis, testRedisUrl, type TestRedis } from '@mainstay/platform/testing';
import {
  consumeEvents,
  createEventStream,
  eventKeys,
  newEventId,
  watchStored,
  type EventEnvelope,
} from '@mainstay/events';
import {
  createIdentityIssuer,
  createIdentityVerifier,
  generateIdentityKeys,
  IDENTITY_HEADER,
} from '@mainstay/identity';
import { createLogger } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { createCursors } from '@mainstay/service/requests';
import { openRedis, type RedisRole } from '@mainstay/service';
import { createApp } from '../src/app.js';
import { createLiveFeeds } from '../src/domain/live-feeds.js';
import { countConsumed, observeEvents } from '../src/metrics.js';
import { eventModels } from '../src/mongo/event-model.js';
import { createMongoActivityLog } from '../src/mongo/mongo-activity-log.js';
import { createMongoEventStore } from '../src/mongo/mongo-event-store.js';
import { openMongo } from '../src/mongo/open-mongo.js';
import { createRedisFeedPlaces } from '../src/redis/redis-feed-places.js';
import { createWatermarkReader } from '../src/redis/redis-watermark.js';
import { openFeed, type OpenFeed } from './open-feed.js';
import { until } from './until.js';

const { privateKey, publicKey } = generateIdentityKeys();
const issuer = createIdentityIssuer({ privateKeys: privateKey });

/** One process of the activity service, made as main.ts makes it, on given stores. */
export async function startReplica(stores: { redisUrl: string; mongoUrl: string }, heartbeatMs = 15_000) {
  const log = createLogger({ service: 'activity', version: 'test', level: 'error' });
  const metrics = createMetrics({ service: 'activity', version: 'test' });
  const open = (role: RedisRole) =>
    openRedis({ address: { redisUrl: new Secret(testRedisUrl(stores.redisUrl, 'activity')) }, role, log, metrics });
  const mongo = openMongo({ url: new Secret(stores.mongoUrl), poolMax: 5, timeoutMs: 2_000, log, metrics });
  const [redis, blocking, subscriber] = [open('request'), open('stream'), open('subscriber')];
  const models = eventModels(mongo.connection);
  const activityLog = createMongoActivityLog(models, 2_000);
  const store = createMongoEventStore(models, 2_000);
  const stream = createEventStream(redis);
  const places = createRedisFeedPlaces(redis);
  const readWatermark = createWatermarkReader(stream);
  const liveFeeds = createLiveFeeds({ activityLog, readWatermark, places, feedsMax: 100, heartbeatMs });
  const watch = watchStored(subscriber, liveFeeds);
  const onConsumed = countConsumed(metrics);
  const consumer = consumeEvents({ commands: redis, blocking, store, log, onConsumed, leaseMs: 1_000, attemptsMax: 2 });
  observeEvents(metrics, { stream, consumer, liveFeeds });
  const drain = new AbortController();
  const app = createApp({
    config: { requestDeadlineMs: 10_000 },
    log,
    metrics,
    activityLog,
    liveFeeds,
    cursors: createCursors(['a secret of thirty-two characters']),
    identityVerifier: createIdentityVerifier({ publicKeys: publicKey, audience: 'activity' }),
    drainSignal: drain.signal,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    app,
    models,
    eventStore: store,
    stream,
    metrics,
    consumer,
    redis,
    mongo,
    subscriber,
    drain: () => drain.abort(),
    async close() {
      drain.abort();
      server.closeAllConnections();
      server.close();
      await consumer.close();
      watch.close();
      for (const connection of [redis, blocking, subscriber, mongo]) await connection.close();
      metrics.close();
    },
  };
}

export type Replica = Awaited<ReturnType<typeof startReplica>>;

/** What the gateway says of a user, as a header. */
export async function identityOf(userId: string): Promise<Record<string, string>> {
  return { [IDENTITY_HEADER]: await issuer.issue({ audience: 'activity', userId }) };
}

/** The activity service on stores of its own, called as the gateway calls it; more replicas on request. */
export async function startActivity({ heartbeatMs = 15_000 } = {}) {
  const [server, database] = [await createTestRedis(), await createTestMongo()];
  const stores = { redisUrl: server.url, mongoUrl: database.url };
  const replicas: Replica[] = [];
  const feeds: OpenFeed[] = [];
  const startAnother = async () => {
    const replica = await startReplica(stores, heartbeatMs);
    replicas.push(replica);
    await until(() => replica.mongo.ping().then(Boolean, () => false));
    await until(async () => (await replica.redis.get(eventKeys.marker).catch(() => null)) !== null);
    return replica;
  };
  const first = await startAnother();
  return {
    ...first,
    server: server satisfies TestRedis,
    startAnother,
    async person(id = newEventId()): Promise<Person> {
      const headers = await identityOf(id);
      return {
        id,
        headers,
        get: (path) => fetch(`${first.url}${path}`, { headers }),
        listen: async (lastEventId, at = first.url) => {
          const feed = await openFeed(`${at}/v1/activity/live`, headers, lastEventId);
          feeds.push(feed);
          return feed;
        },
      };
    },
    /** Appends the events and waits until they are stored. */
    async store(...events: EventEnvelope[]): Promise<void> {
      for (const event of events) await first.stream.appendEvent(event);
      const ids = events.map(({ id }) => id);
      await until(async () => (await first.models.events.countDocuments({ _id: { $in: ids } })) === ids.length);
      await until(async () => (await first.stream.stats()).length === 0);
    },
    async close() {
      for (const feed of feeds) feed.close();
      for (const replica of replicas) await replica.close();
      await database.drop();
      await server.close();
    },
  };
}

export type RunningActivity = Awaited<ReturnType<typeof startActivity>>;

export interface Person {
  id: string;
  headers: Record<string, string>;
  get(path: string): Promise<Response>;
  /** Opens a live feed. */
  listen(lastEventId?: string, at?: string): Promise<OpenFeed>;
}
