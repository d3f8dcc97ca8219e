import type { Redis } from 'ioredis';
import { StoreImpairedError, type Probe } from './health.js';

/** Errors of a Redis that answers but refuses writes, for example because its memory is full. */
const refusal = /^(OOM|MISCONF|READONLY|NOREPLICAS)/;

/** Writes one key, because a Redis with full memory still answers PING. */
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
