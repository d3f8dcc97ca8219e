import { Redis, type RedisOptions } from 'ioredis';
import type { Secret } from '@mainstay/config';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';

/**
 * request: on a request's path, so it fails at once while Redis is away instead of queueing (ioredis' defaults hang requests for 30 s).
 * stream: blocking reads, so no time limit on a command. subscriber: pub/sub, subscribes again by itself after a break.
 */
export type RedisRole = 'request' | 'stream' | 'subscriber';

const optionsOf: Record<RedisRole, RedisOptions> = {
  // A command that has run out of time still waits in the client for its reply. The time limit of the socket ends that too: a Redis that
  // is frozen is let go after it, and from then on commands fail at once instead of piling up.
  request: { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 1_000, socketTimeout: 1_500 },
  stream: { enableOfflineQueue: false, maxRetriesPerRequest: 1 },
  subscriber: { maxRetriesPerRequest: null },
};

export type RedisConnection = Redis & { close(): Promise<void> };

export interface OpenRedisOptions {
  url: Secret;
  role: RedisRole;
  log: Log;
  metrics: Metrics;
}

/** A connection that reconnects for as long as it is open. Never throws for a Redis that is absent: commands fail, the health probe tells. */
export function openRedis({ url, role, log, metrics }: OpenRedisOptions): RedisConnection {
  const redis = new Redis(url.reveal(), {
    ...optionsOf[role],
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
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
  return Object.assign(redis, {
    async close() {
      // QUIT waits for replies that are under way; a connection that is down has none.
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  });
}

function registerGauges(redis: Redis, role: RedisRole, metrics: Metrics): void {
  metrics
    .gauge({ name: 'redis_connection_up', help: '1 while the connection is ready.', labelNames: ['role'] })
    .observe({ role }, () => (redis.status === 'ready' ? 1 : 0));
}
