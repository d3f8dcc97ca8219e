import type { Redis } from 'ioredis';
import { StoreImpairedError, type Probe } from './health.js';

/** Replies of a Redis that answers but refuses writes: memory or disk full, a replica, too few replicas. */
const refusal = /^(OOM|MISCONF|READONLY|NOREPLICAS)/;

/** Resolves while Redis accepts writes, because a full one still answers PING. Writes one small key that expires. */
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
