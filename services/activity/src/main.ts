import '@mainstay/service/supported-node';
import { consumeEvents, consumerGroup, createEventStream, eventKeys, watchStored } from '@mainstay/events';
import { createIdentityVerifier } from '@mainstay/identity';
import { createCursors } from '@mainstay/service/requests';
import { openRedis, perWorker, probeRedis, runService } from '@mainstay/service';
import { traceEventStore } from '@mainstay/tracing';
import { createApp } from './app.js';
import { configSchema } from './config.js';
import { startExpiry } from './domain/expire-events.js';
import { createLiveFeeds } from './domain/live-feeds.js';
import { countConsumed, observeEvents } from './metrics.js';
import { eventModels } from './mongo/event-model.js';
import { createMongoActivityLog } from './mongo/mongo-activity-log.js';
import { createMongoEventStore } from './mongo/mongo-event-store.js';
import { openMongo } from './mongo/open-mongo.js';
import { createRedisFeedPlaces } from './redis/redis-feed-places.js';
import { createWatermarkReader } from './redis/redis-watermark.js';

await runService({ name: 'activity', configSchema }, (runtime) => {
  const { config, log, metrics, tracing, health, onClose, drainSignal } = runtime;
  const { mongoUrl, mongoTimeoutMs: timeoutMs } = config;
  const poolMax = perWorker(config.mongoPoolMax, config);
  const mongo = onClose(openMongo({ url: mongoUrl, poolMax, timeoutMs, log, metrics, tracing }), 'mongo');
  health.require('mongo', () => mongo.ping());
  const models = eventModels(mongo.connection);
  const activityLog = createMongoActivityLog(models, timeoutMs);
  const mongoStore = createMongoEventStore(models, timeoutMs);
  const store = traceEventStore(tracing, mongoStore, eventKeys.stream, consumerGroup);

  const redisOptions = { address: config, log, metrics, tracing };
  const redis = onClose(openRedis({ ...redisOptions, role: 'request' }), 'redis');
  health.require('redis', probeRedis(redis));
  const blocking = onClose(openRedis({ ...redisOptions, role: 'stream', writer: redis }), 'redis stream');
  const subscriber = onClose(openRedis({ ...redisOptions, role: 'subscriber', writer: redis }), 'redis subscriber');

  const stream = createEventStream(redis);
  const liveFeeds = createLiveFeeds({
    activityLog,
    readWatermark: createWatermarkReader(stream),
    places: createRedisFeedPlaces(redis),
    feedsMax: config.liveFeedsMax,
  });
  onClose(watchStored(subscriber, liveFeeds), 'live feeds');

  const { eventAttemptsMax: attemptsMax, eventRetentionDays: retentionDays } = config;
  const onConsumed = countConsumed(metrics);
  const consumer = onClose(
    consumeEvents({ commands: redis, blocking, store, log, onConsumed, attemptsMax }),
    'event consumer',
  );
  onClose(startExpiry({ store, retentionDays, isMine: () => consumer.holdsLease, log }), 'expiry');
  observeEvents(metrics, { stream, consumer, liveFeeds });

  return createApp({
    config,
    log,
    metrics,
    tracing,
    activityLog,
    liveFeeds,
    cursors: createCursors(config.cursorSecrets.map((secret) => secret.reveal())),
    identityVerifier: createIdentityVerifier({
      publicKeys: config.identityPublicKeys.map((key) => key.reveal()),
      audience: 'activity',
    }),
    drainSignal,
  });
});
