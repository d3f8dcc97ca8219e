import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { isSuspended } from '../processes/processes.ts';
import { createTestProxy } from './test-proxy.ts';
import { createTestMongod, createTestPostgres, createTestRedis, type TestPostgres } from './test-servers.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await createTestPostgres({ settings: { max_connections: '20' } });
});
afterAll(() => postgres.close());

async function query(sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: postgres.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

describe('a server of a test', () => {
  it('keeps its data and its port after a kill', async () => {
    const owner = new pg.Client(postgres.ownerUrl);
    owner.on('error', () => undefined);
    await owner.connect();
    await owner.query('CREATE TABLE kept AS SELECT 1 AS cents; GRANT SELECT ON kept TO mainstay');
    const { pid } = postgres;
    await postgres.kill();
    await expect(query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await postgres.start();
    expect(postgres.pid).not.toBe(pid);
    expect(await query('SELECT cents FROM kept')).toEqual({ cents: 1 });
    expect(await query('SHOW max_connections')).toEqual({ max_connections: '20' });
  });

  it('does not respond while it is frozen, even on open connections', async () => {
    const client = new pg.Client({ connectionString: postgres.url, query_timeout: 200 });
    await client.connect();
    await postgres.freeze();
    await expect(client.query('SELECT 1')).rejects.toThrow('timeout');
    await postgres.thaw();
    await client.end();
    expect(await query('SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('has no running thread after `freeze`, even on a busy machine', async () => {
    const mongod = await createTestMongod();
    const load = Array.from({ length: 8 }, () => spawn(process.execPath, ['-e', 'for (;;);']));
    const frozen: boolean[] = [];
    for (let round = 0; round < 10; round += 1) {
      await mongod.freeze();
      frozen.push(await isSuspended(mongod.pid));
      await mongod.thaw();
    }
    for (const one of load) one.kill('SIGKILL');
    await mongod.close();
    expect(frozen).toEqual(Array.from({ length: 10 }, () => true));
  });

  it('keeps its data after a kill if it is a MongoDB server', async () => {
    const mongod = await createTestMongod();
    const client = new MongoClient(mongod.url, { serverSelectionTimeoutMS: 10_000 });
    await client.db().collection('events').insertOne({ type: 'kept' });
    await mongod.kill();
    await mongod.start();
    expect(await client.db().collection('events').countDocuments()).toBe(1);
    await client.close();
    await mongod.close();
  });
});

describe('createTestProxy', () => {
  it('can be slow, cut and restored', async () => {
    const server = await createTestRedis();
    const proxy = await createTestProxy(server.url);
    const redis = new Redis(proxy.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    expect(await redis.ping()).toBe('PONG');
    proxy.slow(150);
    const startedMs = performance.now();
    await redis.ping();
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(149);
    await proxy.cut();
    const waiting = redis.ping();
    await proxy.restore();
    expect(await waiting).toBe('PONG');
    redis.disconnect();
    await proxy.close();
    await server.close();
  });
});
