import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@mainstay/config';
import { createTestRedis, testRedisUrl, type RedisUser, type TestRedis } from '@mainstay/platform/testing';
import { createLogger } from '@mainstay/logging';
import { Redis } from 'ioredis';
import { createMetrics } from '@mainstay/metrics';
import { openRedis, probeRedis, StoreImpairedError, type RedisConnection } from '../src/index.js';

const log = createLogger({ service: 'test', version: 'test', level: 'error' });
const metrics = createMetrics({ service: 'test', version: 'test' });
let server: TestRedis;
let redis: RedisConnection;
beforeAll(async () => {
  server = await createTestRedis();
  redis = openRedis({ address: { redisUrl: new Secret(server.url) }, role: 'request', log, metrics });
  await ready();
});
afterAll(async () => {
  await redis.close();
  await server.close();
  metrics.close();
});

const ready = async () => {
  while (!(await redis.ping().then(Boolean, () => false))) await new Promise(setImmediate);
};
const failure = (command: Promise<unknown>) => command.then(String, (error: Error) => error.message);

describe('a Redis on the path of requests', () => {
  it('that is frozen is disconnected, and commands fail at once', async () => {
    await server.freeze();
    const left = new Promise((resolve) => redis.once('close', resolve));
    expect(await failure(redis.get('key'))).toBe('Command timed out');
    await left;
    // The port still accepts connections, but no connection becomes ready.
    expect(await failure(redis.get('key'))).toContain("isn't writeable");
    await server.thaw();
    await ready();
  });

  it('that is killed and started again is used again', async () => {
    await server.kill();
    expect(await failure(redis.get('key'))).not.toBe('null');
    await server.start();
    await ready();
  });
});

describe('a Redis that still loads its data', () => {
  it.each<RedisUser>(['gateway', 'accounts', 'activity'])(
    'is not ready for the Redis user of %s before it accepts commands',
    async (user) => {
      const loading = await createTestRedis();
      const redisUrl = new Secret(testRedisUrl(loading.url, user));
      const administrator = new Redis(loading.url, { enableReadyCheck: false, maxRetriesPerRequest: null });
      administrator.on('error', () => undefined);
      // After a restart, Redis waits 20 ms for each of the 50 keys that Redis loads. Between two keys, Redis answers
      // commands with the error LOADING.
      await administrator.mset(
        Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key-${index}`, randomBytes(2_048)])),
      );
      await administrator.config('SET', 'key-load-delay', 20_000, 'loading-process-events-interval-bytes', 1024);
      await administrator.config('REWRITE');
      await administrator.save();
      await loading.kill();
      const started = loading.start();
      let refused = '';
      while (!refused.startsWith('LOADING')) refused = await failure(administrator.ping());

      const connection = openRedis({ address: { redisUrl }, role: 'request', log, metrics });
      await new Promise((resolve) => connection.once('ready', resolve));
      expect(await connection.set('health:write', 1)).toBe('OK');
      await started;
      await connection.close();
      administrator.disconnect();
      await loading.close();
    },
  );
});

describe('probeRedis', () => {
  it('detects a full memory, which PING does not', async () => {
    await redis.config('SET', 'maxmemory', '1');
    await expect(probeRedis(redis)()).rejects.toThrow(StoreImpairedError);
    expect(await redis.ping()).toBe('PONG');
    await redis.config('SET', 'maxmemory', '0');
    await probeRedis(redis)();
  });
});
