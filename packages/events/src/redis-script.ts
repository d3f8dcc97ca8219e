import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

type Argument = string | number;

export interface RedisScript {
  run(redis: Redis, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
}

/** A Lua script that is sent as its digest. If Redis does not know the digest, the text is sent. */
export function redisScript(lua: string): RedisScript {
  const digest = createHash('sha1').update(lua).digest('hex');
  return {
    async run(redis, keys, args) {
      try {
        return await redis.evalsha(digest, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await redis.eval(lua, keys.length, ...keys, ...args);
      }
    },
  };
}
