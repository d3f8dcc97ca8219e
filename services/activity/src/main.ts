import { consumeEvents, createEventStream, watchStored } from '@mainstay/events';
import { createIdentityVerifier } from '@mainstay/identity';
import { createCursors } from '@mainstay/requests';
import { openRedis, perWorker, probeRedis, runService } from '@mainstay/service';
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

await runService({ name: 'activity', configSchema }, ({ config, log, metrics, health, onClose, drainSignal }) => {
  const { mongoUrl, mongoTimeoutMs: timeoutMs, redisUrl } = config;
  const poolMax = perWorker(config.mongoPoolMax, config);
  const mongo = onClose(openMongo({ url: mongoUrl, poolMax, timeoutMs, log, metrics }), 'mongo');
  health.require('mongo', () => mongo.ping());
  const models = eventModels(mongo.connection);
  const activityLog = createMongoActivityLog(models, timeoutMs);
  const store = createMongoEventStore(models, timeoutMs);

  const redis = onClose(openRedis({ url: redisUrl, role: 'request', log, metrics }), 'redis');
  health.require('redis', probeRedis(redis));
  const blocking = onClose(openRedis({ url: redisUrl, role: 'stream', log, metrics }), 'redis stream');
  const subscriber = onClose(openRedis({ url: redisUrl, role: 'subscriber', log, metrics }), 'redis subscriber');

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
