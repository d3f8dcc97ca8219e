import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { noTracing, traceRedis, type Tracing } from '@mainstay/tracing';
import { sentinelOptions, type RedisAddress } from './redis-address.js';

/**
 * The use of a connection.
 * - `request`: commands for requests. They fail at once while Redis is down. With the defaults of ioredis, requests
 * would wait for 30 s.
 * - `stream`: reads that block for at most a second.
 * - `subscriber`: pub/sub. It subscribes again after a reconnect.
 */
export type RedisRole = 'request' | 'stream' | 'subscriber';

// A command that has timed out still waits in the client for its reply. `socketTimeout` ends that wait: it closes the
// connection to a frozen Redis, and commands then fail at once. It also ends a connection attempt to an unreachable
// host, which TCP would continue for longer. Subscriber connections have no command timeout.
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

/**
 * The longest pause before the next connection attempt. It is short, because requests fail until Redis is connected
 * again.
 */
const PAUSE_MAX_MS = 500;

export type RedisConnection = Redis & { close(): Promise<void> };

export interface OpenRedisOptions {
  address: RedisAddress;
  role: RedisRole;
  /**
   * The connection that sends writes to the same Redis. A connection that only reads does not notice that its Redis
   * became a replica, so it reconnects when the writer does.
   */
  writer?: RedisConnection;
  log: Log;
  metrics: Metrics;
  tracing?: Tracing;
}

/** The event of a connection whose Redis refused a write because it is a replica. */
const DEMOTED = 'demoted';

/**
 * Matches the errors of a replica. `READONLY` may be in the middle of the text, because Redis before 7 adds text before
 * it in the error of a script. `MASTERDOWN` comes from a replica that has lost its primary.
 */
const replicaRefusal = /\bREADONLY\b|^MASTERDOWN\b/;

/**
 * Opens a connection that reconnects until it is closed. It never throws while Redis is down: commands fail, and the
 * health probe reports the outage. After a failover, the old primary refuses a write. The connection then closes and
 * connects again, and the address or the sentinels lead to the new primary.
 */
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
    // A Redis that is loading its data announces how long it will take. The announced time may be wrong by minutes.
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
      // QUIT waits for pending replies. A connection that is down has no pending replies.
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
  // ioredis does not expose its queues. One connection serves all requests of a process, so these two queues contain
  // all waiting commands.
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
