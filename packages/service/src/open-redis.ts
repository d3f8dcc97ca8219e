import { Redis, type RedisOptions } from 'ioredis';
import type { Secret } from '@mainstay/config';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { noTracing, traceRedis, type Tracing } from '@mainstay/tracing';

/**
 * request: on a request's path, so it fails at once while Redis is away instead of queueing (ioredis' defaults hang requests for 30 s).
 * stream: reads that block for a second at most. subscriber: pub/sub, subscribes again by itself after a break.
 */
export type RedisRole = 'request' | 'stream' | 'subscriber';

// A command that has run out of time still waits in the client for its reply. The time limit of the socket ends that too: a Redis that
// is frozen is let go after it, and from then on commands fail at once instead of piling up. It bounds what makes a connection ready as well,
// which would else wait for as long as TCP does where the way is lost in the middle of it. Who only listens waits for no reply.
const optionsOf: Record<RedisRole, RedisOptions> = {
  request: { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 1_000, socketTimeout: 1_500 },
  stream: { enableOfflineQueue: false, maxRetriesPerRequest: 1, socketTimeout: 2_500 },
  subscriber: { maxRetriesPerRequest: null, socketTimeout: 1_500 },
};

/** The longest pause before Redis is tried again; short, for it is what everybody waits for once Redis is back. */
const pauseMaxMs = 500;

export type RedisConnection = Redis & { close(): Promise<void> };

export interface OpenRedisOptions {
  url: Secret;
  role: RedisRole;
  log: Log;
  metrics: Metrics;
  tracing?: Tracing;
}

/** A connection that reconnects for as long as it is open. Never throws for a Redis that is absent: commands fail, the health probe tells. */
export function openRedis({ url, role, log, metrics, tracing = noTracing }: OpenRedisOptions): RedisConnection {
  const redis = new Redis(url.reveal(), {
    ...optionsOf[role],
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), pauseMaxMs),
    // A Redis that reads its data says how long it will, in guesses that may be minutes off.
    maxLoadingRetryTime: pauseMaxMs,
  });
  let isAway = false;
  redis.on('error', (error: Error) => {
    if (!isAway) log.warn('redis is away', { role, error });
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) log.info('redis is back', { role });
    isAway = false;
  });
  registerGauges(redis, role, metrics);
  traceRedis(tracing, redis);
  return Object.assign(redis, {
    async close() {
      // QUIT waits for replies that are under way; a connection that is down has none.
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  });
}

function registerGauges(redis: Redis, role: RedisRole, metrics: Metrics): void {
  const labelNames = ['role'] as const;
  metrics
    .gauge({
      name: 'redis_connection_up',
      help: '1 while the connection is ready, in every worker.',
      labelNames,
      aggregator: 'min',
    })
    .observe({ role }, () => (redis.status === 'ready' ? 1 : 0));
  // ioredis keeps both to itself. One connection serves all requests of a process: what waits, waits here.
  const queues = redis as unknown as Record<'commandQueue' | 'offlineQueue', { length: number }>;
  metrics
    .gauge({
      name: 'redis_commands_waiting',
      help: 'Commands that wait for their reply, or for a connection.',
      labelNames,
    })
    .observe({ role }, () => queues.commandQueue.length + queues.offlineQueue.length);
  if (role !== 'request') return;
  metrics
    .gauge({
      name: 'redis_wait_seconds',
      help: 'How long a PING took that was sent for this scrape, behind all that waited.',
      labelNames,
      aggregator: 'max',
    })
    .observe({ role }, async () => {
      const sentMs = performance.now();
      await redis.ping();
      return (performance.now() - sentMs) / 1_000;
    });
}
