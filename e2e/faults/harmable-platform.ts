import {
  createTestMongod,
  createTestPostgres,
  createTestRedis,
  type TestMongod,
  type TestPostgres,
  type TestRedis,
} from '@mainstay/platform/testing';
import { startPlatform, type Platform } from '../platform.js';

/** A platform with three store servers that only one test uses. The test can stop or freeze them. */
export interface HarmablePlatform extends Platform {
  stores: { postgres: TestPostgres; redis: TestRedis; mongo: TestMongod };
}

export async function startHarmablePlatform(settings: Record<string, string> = {}): Promise<HarmablePlatform> {
  const [postgres, redis, mongo] = await Promise.all([
    createTestPostgres({ settings: { max_connections: '30' } }),
    createTestRedis(),
    createTestMongod(),
  ]);
  const platform = await startPlatform({
    DATABASE_URL: postgres.url,
    DATABASE_OWNER_URL: postgres.ownerUrl,
    REDIS_URL: redis.url,
    MONGO_URL: mongo.url,
    RATE_LIMIT_ANONYMOUS_MAX: '100000',
    RATE_LIMIT_SESSION_MAX: '100000',
    ...settings,
  });
  return {
    ...platform,
    stores: { postgres, redis, mongo },
    async close() {
      await platform.close();
      await Promise.all([postgres, redis, mongo].map((store) => store.close()));
    },
  };
}
