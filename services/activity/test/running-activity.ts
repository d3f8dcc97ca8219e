import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestMongo, createTestRedis, testRedisUrl, type TestRedis } from '@mainstay/platform/testing';
import { eventKeys, newEventId, type EventEnvelope } from '@mainstay/events';
import { createIdentityIssuer, generateIdentityKeys, IDENTITY_HEADER } from '@mainstay/identity';
import { createTestRuntime } from '@mainstay/service/testing';
import { compose, openStores } from '../src/compose.js';
import { configSchema } from '../src/config.js';
import { openFeed, type OpenFeed } from './open-feed.js';
import { until } from '@mainstay/platform/testing/eventually';

const { privateKey, publicKey } = generateIdentityKeys();
const issuer = createIdentityIssuer({ privateKeys: privateKey });

/** Starts one replica of the activity service inside the test process, with the given stores. */
export async function startReplica(stores: { redisUrl: string; mongoUrl: string }, heartbeatMs = 15_000) {
  const runtime = createTestRuntime({
    name: 'activity',
    configSchema,
    settings: {
      REDIS_URL: testRedisUrl(stores.redisUrl, 'activity'),
      MONGO_URL: stores.mongoUrl,
      MONGO_POOL_MAX: '5',
      MONGO_TIMEOUT_MS: '2000',
      IDENTITY_PUBLIC_KEYS: publicKey,
      CURSOR_SECRETS: 'a secret of thirty-two characters',
      EVENT_ATTEMPTS_MAX: '2',
      LIVE_FEEDS_MAX: '100',
    },
  });
  const opened = openStores(runtime);
  const service = compose(runtime, opened, { leaseMs: 1_000, heartbeatMs });
  const server = createServer(service.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...service,
    ...opened,
    metrics: runtime.metrics,
    drain: runtime.drain,
    async close() {
      runtime.drain();
      server.closeAllConnections();
      server.close();
      await runtime.close();
    },
  };
}

export type Replica = Awaited<ReturnType<typeof startReplica>>;

/** The header in which the gateway sends the user's identity token. */
export async function identityOf(userId: string): Promise<Record<string, string>> {
  return { [IDENTITY_HEADER]: await issuer.issue({ audience: 'activity', userId }) };
}

/** Starts the activity service with its own stores. `startAnother` starts a second replica. */
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
  listen(lastEventId?: string, at?: string): Promise<OpenFeed>;
}
