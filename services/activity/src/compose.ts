import {
  consumeEvents,
  CONSUMER_GROUP,
  createEventStream,
  eventKeys,
  watchStored,
  type ConsumerOptions,
} from '@mainstay/events';
import { createIdentityVerifier } from '@mainstay/identity';
import { openMongoDatabase, type Mongo } from '@mainstay/mongo';
import { openRedis, probeRedis, type RedisConnection, type Runtime } from '@mainstay/service';
import { createCursors } from '@mainstay/service/requests';
import { traceEventStore } from '@mainstay/tracing';
import { createApp } from './app.js';
import type { Config } from './config.js';
import { startExpiry } from './domain/expire-events.js';
import { createLiveFeeds } from './domain/live-feeds.js';
import { countConsumed, observeEvents } from './metrics.js';
import { eventModels } from './mongo/event-model.js';
import { createMongoActivityLog } from './mongo/mongo-activity-log.js';
import { createMongoEventStore } from './mongo/mongo-event-store.js';
import { createRedisFeedPlaces } from './redis/redis-feed-places.js';
import { createWatermarkReader } from './redis/redis-watermark.js';

export interface Stores {
  mongo: Mongo;
  redis: RedisConnection;
  /** A Redis connection that waits for new messages in the event stream. */
  blocking: RedisConnection;
  /** A Redis connection that receives the position up to which events are stored. */
  subscriber: RedisConnection;
}

/** Opens the connections to MongoDB, which stores the event log, and to Redis, which transports the events. */
export function openStores(runtime: Runtime<Config>): Stores {
  const { config, log, metrics, tracing, health, onClose } = runtime;
  const mongo = openMongoDatabase(runtime);
  const options = { address: config, log, metrics, tracing };
  const redis = onClose(openRedis({ ...options, role: 'request' }), 'redis');
  health.require('redis', probeRedis(redis));
  const blocking = onClose(openRedis({ ...options, role: 'stream', writer: redis }), 'redis stream');
  const subscriber = onClose(openRedis({ ...options, role: 'subscriber', writer: redis }), 'redis subscriber');
  return { mongo, redis, blocking, subscriber };
}

/** Durations that tests shorten. */
export interface Pace extends Pick<ConsumerOptions, 'leaseMs'> {
  heartbeatMs?: number;
}

/** Builds the activity service, and starts to consume events. */
export function compose(runtime: Runtime<Config>, stores: Stores, { leaseMs, heartbeatMs }: Pace = {}) {
  const { config, log, metrics, tracing, onClose } = runtime;
  const { mongo, redis, blocking, subscriber } = stores;
  const models = eventModels(mongo.connection);
  const activityLog = createMongoActivityLog(models, config.mongoTimeoutMs);
  const eventStore = createMongoEventStore(models, config.mongoTimeoutMs);
  const store = traceEventStore(tracing, eventStore, eventKeys.stream, CONSUMER_GROUP);

  const stream = createEventStream(redis);
  const liveFeeds = createLiveFeeds({
    activityLog,
    readWatermark: createWatermarkReader(stream),
    places: createRedisFeedPlaces(redis),
    feedsMax: config.liveFeedsMax,
    heartbeatMs,
  });
  onClose(watchStored(subscriber, liveFeeds), 'live feeds');

  const { eventAttemptsMax: attemptsMax, eventRetentionDays: retentionDays } = config;
  const onConsumed = countConsumed(metrics);
  const consumer = onClose(
    consumeEvents({ commands: redis, blocking, store, log, onConsumed, attemptsMax, leaseMs }),
    'event consumer',
  );
  const otherClockMs = async () => Number((await redis.time())[0]) * 1_000;
  onClose(startExpiry({ store, retentionDays, otherClockMs, isMine: () => consumer.holdsLease, log }), 'expiry');
  observeEvents(metrics, { stream, consumer, liveFeeds });

  const app = createApp({
    ...runtime,
    activityLog,
    liveFeeds,
    cursors: createCursors(config.cursorSecrets.map((secret) => secret.reveal())),
    identityVerifier: createIdentityVerifier({
      publicKeys: config.identityPublicKeys.map((key) => key.reveal()),
      audience: 'activity',
    }),
  });
  return { app, models, eventStore, stream, consumer };
}
