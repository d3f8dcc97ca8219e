import type { Redis } from 'ioredis';
import { StoreImpairedError, type Probe } from './health.js';

/** Errors of a Redis that answers but refuses writes: memory or disk full, a replica, too few replicas. */
const refusal = /^(OOM|MISCONF|READONLY|NOREPLICAS)/;

/**
 * Resolves while Redis accepts writes. It writes one small key that expires, because a Redis whose memory is full still
 * answers PING.
 */
export function probeRedis(redis: Redis): Probe {
  return async () => {
    try {
      await redis.set('health:write', 1, 'PX', 10_000);
    } catch (error) {
      if (!(error instanceof Error) || !refusal.test(error.message)) throw error;
      throw new StoreImpairedError('Redis answers, but refuses writes', { cause: error });
    }
  };
}
