import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { noTracing, traceRedis, type Tracing } from '@mainstay/tracing';
import { sentinelOptions, type RedisAddress } from './redis-address.js';

/**
 * The use of a connection.
 * - `request`: sends the commands of requests. They fail at once while Redis is down.
 * - `stream`: waits for stream messages. A read without a message ends after 1 s.
 * - `subscriber`: receives pub/sub messages. It subscribes again after a reconnect.
 */
export type RedisRole = 'request' | 'stream' | 'subscriber';

// `socketTimeout` closes the connection to a frozen Redis, so that waiting commands fail.
const optionsOf: Record<RedisRole, (timeoutMs: number) => RedisOptions> = {
  request: (timeoutMs) => ({
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: timeoutMs,
    socketTimeout: timeoutMs + 500,
  }),
  stream: (timeoutMs) => ({ enableOfflineQueue: false, maxRetriesPerRequest: 1, socketTimeout: timeoutMs + 1_500 }),
  subscriber: (timeoutMs) => ({ maxRetriesPerRequest: null, socketTimeout: timeoutMs + 500 }),
};

/** The longest pause between connection attempts. Requests fail during the pause. */
const PAUSE_MAX_MS = 500;

export type RedisConnection = Redis & { close(): Promise<void> };

export interface OpenRedisOptions {
  address: RedisAddress;
  role: RedisRole;
  /** The connection that writes to the same Redis. If Redis becomes a replica, both connections reconnect. */
  writer?: RedisConnection;
  log: Log;
  metrics: Metrics;
  tracing?: Tracing;
}

/** A connection emits this event if its Redis has become a replica. */
const DEMOTED = 'demoted';

/**
 * Before version 7, Redis writes `READONLY` in the middle of a script's error. A replica without a primary replies with
 * `MASTERDOWN`.
 */
const replicaRefusal = /\bREADONLY\b|^MASTERDOWN\b/;

/** Opens a connection that reconnects until `close`. */
export function openRedis({
  address,
  role,
  writer,
  log,
  metrics,
  tracing = noTracing,
}: OpenRedisOptions): RedisConnection {
  const { redisTimeoutMs = 1_000 } = address;
  const redis: Redis = new Redis(address.redisUrl.reveal(), {
    ...optionsOf[role](redisTimeoutMs),
    ...sentinelOptions(address),
    sentinelRetryStrategy: () => PAUSE_MAX_MS,
    reconnectOnError(error) {
      const isReplica = replicaRefusal.test(error.message);
      if (isReplica) redis.emit(DEMOTED);
      return isReplica;
    },
    connectTimeout: redisTimeoutMs,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), PAUSE_MAX_MS),
    // Redis announces how long it will load its data. This time can be wrong by minutes, so limit the pause.
    maxLoadingRetryTime: PAUSE_MAX_MS,
  });
  let isAway = false;
  redis.on('error', (error: Error) => {
    if (!isAway) log.warn('Redis does not answer', { role, error });
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) log.info('Redis answers again', { role });
    isAway = false;
  });
  writer?.on(DEMOTED, () => redis.disconnect(true));
  registerGauges(redis, role, metrics);
  traceRedis(tracing, redis);
  return Object.assign(redis, {
    async close() {
      // QUIT waits for pending replies. A connection that is down has none, so it needs no QUIT.
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
      help: '1 while the connection of the worker is ready.',
      labelNames,
      aggregator: 'min',
    })
    .observe({ role }, () => (redis.status === 'ready' ? 1 : 0));
  // ioredis has no public API for its queues of waiting commands.
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
      help: 'Duration of a PING that was sent for this scrape, after all waiting commands.',
      labelNames,
      aggregator: 'max',
    })
    .observe({ role }, async () => {
      const sentMs = performance.now();
      await redis.ping();
      return (performance.now() - sentMs) / 1_000;
    });
}
