import { afterAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@mainstay/config';
import { createLogger } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { openRedis, type RedisConnection, type RedisRole } from '../src/index.js';
import { playRedis, type ReluctantRedis } from './reluctant-redis.js';

const log = createLogger({ service: 'test', version: 'test', level: 'silent' });
const roles: RedisRole[] = ['request', 'stream', 'subscriber'];
const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

function open(url: string, role: RedisRole) {
  const metrics = createMetrics({ service: 'test', version: 'test' });
  const redis = openRedis({ address: { redisUrl: new Secret(url) }, role, log, metrics });
  closers.unshift(
    () => redis.close(),
    () => metrics.close(),
  );
  return redis;
}

async function serve(infoOf: (asked: number) => string | undefined): Promise<ReluctantRedis> {
  const server = await playRedis(infoOf);
  closers.push(() => server.close());
  return server;
}
const ready = (redis: RedisConnection) => new Promise((resolve) => redis.once('ready', resolve));

describe('a connection for any purpose', () => {
  it('is retried at least every half second, however long Redis was down', () => {
    for (const role of roles) {
      const { retryStrategy } = open('redis://127.0.0.1:9', role).options;
      const pausesMs = Array.from({ length: 100 }, (_, index) => Number(retryStrategy?.(index + 1)));
      expect(Math.max(...pausesMs)).toBeLessThanOrEqual(500);
    }
  });

  it('is retried soon while Redis loads its data, whatever time Redis announces', async () => {
    const loading = 'loading:1\r\nloading_eta_seconds:3600\r\n';
    await Promise.all(
      roles.map(async (role) => {
        const redis = open((await serve((asked) => (asked < 3 ? loading : 'loading:0\r\n'))).url, role);
        await ready(redis);
        expect(redis.options.maxLoadingRetryTime).toBeLessThanOrEqual(500);
      }),
    );
  });

  it('is closed and opened again if Redis accepts it and then does not answer', async () => {
    await Promise.all(
      roles.map(async (role) => {
        const server = await serve((asked) => (asked === 1 ? undefined : 'loading:0\r\n'));
        await ready(open(server.url, role));
        expect(server.connections()).toBe(2);
      }),
    );
  });
});
