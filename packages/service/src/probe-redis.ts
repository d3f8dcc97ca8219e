import type { Redis } from 'ioredis';
import { StoreImpairedError, type Probe } from './health.js';

/** What a Redis says that answers, but takes no writes: memory or disk full, a replica, too few replicas. */
const refusal = /^(OOM|MISCONF|READONLY|NOREPLICAS)/;

/** Resolves while Redis takes writes: one whose memory is full still answers PING. Writes one small key that expires. */
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
