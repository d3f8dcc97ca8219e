import { integer, list, secret, secretUrl, type Secret } from '@mainstay/config';
import type { RedisOptions } from 'ioredis';

/** The address of a service's Redis, from its settings. */
export interface RedisAddress {
  redisUrl: Secret;
  /** host:port of each sentinel. With sentinels, the host in `redisUrl` is the name of the primary. */
  redisSentinels?: readonly string[];
  redisSentinelPassword?: Secret | undefined;
  /** Default: 1000. */
  redisTimeoutMs?: number;
}

const SENTINEL_RULE = 'must be addresses such as sentinel-1:26379, separated by commas';

/** The settings for the address of Redis. Spread them into a service's schema. */
export function redisSettings(purpose: string) {
  return {
    redisUrl: secretUrl({ protocols: ['redis', 'rediss'] }).describe(
      `URL of Redis, which the service uses for ${purpose}. Redis needs a single primary. A Redis Cluster is not supported.`,
    ),
    redisSentinels: list()
      .default([])
      .refine((addresses) => addresses.every(isAddress), SENTINEL_RULE)
      .describe(
        'Addresses of the Redis sentinels, in the form host:port and separated by commas. With sentinels, the host in `REDIS_URL` is the name of the primary that the sentinels watch.',
      ),
    redisTimeoutMs: integer({ min: 100, max: 60_000 })
      .default(1_000)
      .describe(
        'Time limit of a Redis command. If Redis sends no reply for this time plus half a second, the service closes the connection. A connection that waits for messages of the event stream is closed one second later.',
      ),
    redisSentinelPassword: secret()
      .optional()
      .describe('Password of the sentinels. Leave this setting empty if the sentinels need no password.'),
  };
}

/** Options for ioredis. The sentinels name the primary before each connection and after each failover. */
export function sentinelOptions(address: RedisAddress): RedisOptions {
  const { redisUrl, redisSentinels = [], redisSentinelPassword, redisTimeoutMs = 1_000 } = address;
  if (redisSentinels.length === 0) return {};
  const { hostname, protocol } = new URL(redisUrl.reveal());
  return {
    name: hostname,
    sentinels: redisSentinels.map((address) => {
      const { hostname: host, port } = new URL(`redis://${address}`);
      return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
    }),
    ...(redisSentinelPassword && { sentinelPassword: redisSentinelPassword.reveal() }),
    ...(protocol === 'rediss:' && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    failoverDetector: true,
    sentinelCommandTimeout: redisTimeoutMs,
  };
}

function isAddress(address: string): boolean {
  if (!URL.canParse(`redis://${address}`)) return false;
  const { host, port } = new URL(`redis://${address}`);
  return port !== '' && host === address.toLowerCase();
}
