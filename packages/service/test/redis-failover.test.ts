import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@mainstay/config';
import { createTestProxy, createTestRedis, freePort, type TestRedis } from '@mainstay/platform/testing';
import { until } from '@mainstay/platform/testing/eventually';
import { createLogger } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { Redis } from 'ioredis';
import { openRedis, probeRedis, type RedisAddress, type RedisConnection } from '../src/index.js';

const log = createLogger({ service: 'test', version: 'test', level: 'silent' });
const closers: (() => unknown)[] = [];
let first: TestRedis;
let second: TestRedis;

beforeAll(async () => {
  [first, second] = await Promise.all([createTestRedis(), createTestRedis()]);
  await command(second, 'REPLICAOF', ...hostAndPort(first));
  await until(async () => (await info(second)).includes('master_link_status:up'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => Promise.all([first.close(), second.close()]));

const hostAndPort = ({ url }: TestRedis) => [new URL(url).hostname, new URL(url).port] as const;

async function command(server: TestRedis, name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(server.url);
  return redis.call(name, ...args).finally(() => redis.disconnect());
}
const info = async (server: TestRedis) => String(await command(server, 'INFO', 'replication'));
const connections = async (server: TestRedis) =>
  [...String(await command(server, 'CLIENT', 'LIST')).matchAll(/name=(\w+) /g)].map(([, name]) => name).sort();

/** Opens the connections of one service, each named after its role. */
async function openAll(address: RedisAddress): Promise<Record<'request' | 'stream' | 'subscriber', RedisConnection>> {
  const metrics = createMetrics({ service: 'test', version: 'test' });
  const request = openRedis({ address, role: 'request', log, metrics });
  const stream = openRedis({ address, role: 'stream', writer: request, log, metrics });
  const subscriber = openRedis({ address, role: 'subscriber', writer: request, log, metrics });
  const all = { request, stream, subscriber };
  for (const [role, redis] of Object.entries(all)) {
    redis.options.connectionName = role;
    if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
    await redis.client('SETNAME', role);
    closers.push(() => redis.close());
  }
  closers.push(() => metrics.close());
  await subscriber.subscribe('news');
  return all;
}

const sentinelPassword = 'of-the-sentinels';

async function failOver(from: TestRedis, to: TestRedis): Promise<void> {
  await command(to, 'REPLICAOF', 'NO', 'ONE');
  await command(from, 'REPLICAOF', ...hostAndPort(to));
}

describe('after a failover', () => {
  it('every connection closes and connects to the new primary at the same address, and subscriptions continue', async () => {
    const proxy = await createTestProxy(first.url);
    closers.push(() => proxy.close());
    const { request, subscriber } = await openAll({ redisUrl: new Secret(proxy.url) });
    expect(await connections(first)).toEqual(['request', 'stream', 'subscriber']);

    await failOver(first, second);
    proxy.redirect(second.url);
    await until(() => request.set('key', 'written after the failover').then(Boolean, () => false));
    await until(async () => (await connections(second)).length === 3);
    expect(await connections(first)).toEqual([]);
    const news = new Promise((resolve) => subscriber.once('message', (_, text) => resolve(text)));
    await until(async () => Number(await command(second, 'PUBLISH', 'news', 'from the new primary')) > 0);
    expect(await news).toBe('from the new primary');
  });

  it('sentinels with a password lead to the new primary', async () => {
    const sentinel = await startSentinel(second); // the previous test made `second` the primary
    const { request } = await openAll({
      redisUrl: new Secret('redis://the-primary'),
      redisSentinels: [`127.0.0.1:${sentinel.port}`],
      redisSentinelPassword: new Secret(sentinelPassword),
    });
    // The sentinel refuses the failover until the sentinel knows the replica.
    await until(() => sentinel.ask('FAILOVER', 'the-primary').then(Boolean, () => false));
    await until(async () => (await connections(first)).length === 3);
    await until(() =>
      probeRedis(request)().then(
        () => true,
        () => false,
      ),
    );
    expect(await info(first)).toContain('role:master');
  });
});

/** Starts one sentinel that watches `primary` under the name the-primary, and stops it after the test. */
async function startSentinel(primary: TestRedis) {
  const directory = await mkdtemp(join(tmpdir(), 'sentinel-'));
  const file = join(directory, 'sentinel.conf');
  const port = await freePort();
  const [host, watched] = hostAndPort(primary);
  await writeFile(
    file,
    `port ${port}\nbind 127.0.0.1\nrequirepass ${sentinelPassword}\ndir ${directory}\nsentinel monitor the-primary ${host} ${watched} 1\n`,
  );
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  const redis = new Redis(port, '127.0.0.1', { password: sentinelPassword, retryStrategy: () => 50 });
  redis.on('error', () => undefined); // connections fail until the sentinel has started
  closers.push(async () => {
    redis.disconnect();
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
    await rm(directory, { recursive: true, force: true });
  });
  const ask = (...words: string[]) => redis.call('SENTINEL', ...words);
  return { port, ask };
}
