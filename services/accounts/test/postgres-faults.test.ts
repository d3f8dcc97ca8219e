import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@mainstay/config';
import { createTestProxy, createTestDatabase, type TestDatabase, type TestProxy } from '@mainstay/platform/testing';
import { createLogger } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { openPool } from '../src/postgres/open-pool.js';
import { queryOn } from '../src/postgres/query.js';

const log = createLogger({ service: 'accounts', version: 'test', level: 'error' });
const metrics = createMetrics({ service: 'accounts', version: 'test' });
let database: TestDatabase;
let proxy: TestProxy;
let pool: ReturnType<typeof openPool>;
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await createTestProxy(database.url);
  const url = new Secret(proxy.url);
  pool = openPool({ url, connectionsMax: 1, statementTimeoutMs: 500, log, metrics });
});
afterAll(async () => {
  await pool.close();
  await proxy.close();
  await database.drop();
  metrics.close();
});

const one = { name: 'one', text: 'SELECT 1 AS one' };

describe('a pool that warms up', () => {
  it('has connections for the first requests, once PostgreSQL can be reached', async () => {
    const ownMetrics = createMetrics({ service: 'accounts', version: 'test' });
    const url = new Secret(proxy.url);
    const cold = openPool({ url, connectionsMax: 3, statementTimeoutMs: 500, log, metrics: ownMetrics });
    try {
      await proxy.cut();
      await expect(cold.warm()).rejects.toThrow('ECONNREFUSED');
      await proxy.restore();
      await cold.warm();
      expect(cold.idleCount).toBe(3);
    } finally {
      await cold.close();
      ownMetrics.close();
    }
  });
});

describe('statements on PostgreSQL', () => {
  it('wait for a connection only so many at once', async () => {
    const query = queryOn(pool, { waitingMax: 1 });
    const held = await pool.connect();
    const waiting = query(one);
    await expect(query(one)).rejects.toMatchObject({ code: 'unavailable', headers: { 'retry-after': '1' } });
    expect(pool.waitingCount).toBe(1);
    held.release();
    expect(await waiting).toEqual([{ one: 1 }]);
  });

  it('end in time on a way that has become slow, and go on when it is quick again', async () => {
    const query = queryOn(pool, { waitingMax: 10 });
    await query(one);
    proxy.slow(60_000);
    await expect(query(one)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    // No connection was left, and none can be made.
    await expect(query(one)).rejects.toMatchObject({ code: 'unavailable' });
    proxy.slow(0);
    expect(await query(one)).toEqual([{ one: 1 }]);
  });
});
