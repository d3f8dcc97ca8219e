import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@mainstay/config';
import {
  createTestDatabase,
  createTestPostgres,
  createTestProxy,
  type TestDatabase,
  type TestProxy,
} from '@mainstay/platform/testing';
import { createLogger } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { Client, Pool } from 'pg';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { StoreImpairedError } from '@mainstay/service';
import { assertSchema, limitServiceRole, migrate, openPool, queryOn, type Schema } from '../src/index.js';

const log = createLogger({ service: 'test', version: 'test', level: 'error' });
const metrics = createMetrics({ service: 'test', version: 'test' });
let database: TestDatabase;
let proxy: TestProxy;
let pool: ReturnType<typeof openPool>;
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await createTestProxy(database.url);
  const url = new Secret(proxy.url);
  pool = openPool({ service: 'test', url, connectionsMax: 1, statementTimeoutMs: 500, log, metrics });
});
afterAll(async () => {
  await pool.close();
  await proxy.close();
  await database.drop();
  metrics.close();
});

function noMetrics() {
  const unread = createMetrics({ service: 'test', version: 'test' });
  unread.close();
  return unread;
}

const schema: Schema = {
  service: 'test',
  migrations: new URL('migrations/', import.meta.url),
  grants: { 'SELECT, DELETE': ['drafts'] },
};

const one = { name: 'one', text: 'SELECT 1 AS one' };

describe('a pool that warms up', () => {
  it('has connections for the first requests when PostgreSQL can be reached', async () => {
    const ownMetrics = createMetrics({ service: 'test', version: 'test' });
    const url = new Secret(proxy.url);
    const cold = openPool({
      service: 'test',
      url,
      connectionsMin: 3,
      connectionsMax: 4,
      statementTimeoutMs: 500,
      log,
      metrics: ownMetrics,
    });
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
  it('are repeated once per connection after a migration changed the type of their result', async () => {
    const owner = new Pool({ connectionString: database.ownerUrl });
    const several = openPool({
      service: 'test',
      url: new Secret(database.url),
      connectionsMax: 3,
      statementTimeoutMs: 500,
      log,
      metrics: noMetrics(),
    });
    try {
      await owner.query(`CREATE TABLE notes AS SELECT 1::int AS note; GRANT SELECT ON notes TO PUBLIC`);
      const query = queryOn(several, { waitingMax: 10 });
      const notes = () => Promise.all([1, 2, 3].map(() => query({ name: 'notes', text: 'SELECT * FROM notes' })));
      await notes();
      expect(several.totalCount).toBe(3);
      await owner.query('ALTER TABLE notes ALTER note TYPE bigint');
      expect(await notes()).toEqual([[{ note: 1 }], [{ note: 1 }], [{ note: 1 }]]);
    } finally {
      await Promise.all([several.close(), owner.end()]);
    }
  });

  it('are refused if too many of them wait for a connection', async () => {
    const query = queryOn(pool, { waitingMax: 1 });
    const held = await pool.connect();
    const waiting = query(one);
    await expect(query(one)).rejects.toMatchObject({ code: 'unavailable', headers: { 'retry-after': '1' } });
    expect(pool.waitingCount).toBe(1);
    held.release();
    expect(await waiting).toEqual([{ one: 1 }]);
  });

  it('end in time on a slow connection, and succeed when the connection is fast again', async () => {
    const query = queryOn(pool, { waitingMax: 10 });
    await query(one);
    proxy.slow(60_000);
    await expect(query(one)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    // The pool has no connection left, and cannot open a new one.
    await expect(query(one)).rejects.toMatchObject({ code: 'unavailable' });
    proxy.slow(0);
    expect(await query(one)).toEqual([{ one: 1 }]);
  });
});

describe('a connection to PostgreSQL', () => {
  it('sends nothing in its startup packet that a pooler refuses', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(database.url);
    url.port = String((server.address() as AddressInfo).port);
    const asking = openPool({
      service: 'test',
      url: new Secret(url.href),
      connectionsMax: 1,
      statementTimeoutMs: 500,
      log,
      metrics: noMetrics(),
    });
    const refused = asking.warm().catch(() => 'refused');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const [packet] = (await once(socket, 'data')) as [Buffer];
    const words = packet.subarray(8).toString().split('\0');
    socket.destroy();
    expect(await refused).toBe('refused');
    await asking.close();
    server.close();
    const names = words.filter((word, index) => index % 2 === 0 && word !== '');
    expect(names.sort()).toEqual(['application_name', 'client_encoding', 'database', 'user']);
  });

  it('has the limits and plans of the service, also behind a pooler', async () => {
    const limits = `SELECT current_setting('statement_timeout') AS statement, current_setting('idle_in_transaction_session_timeout') AS open,
                           current_setting('enable_seqscan') AS seqscan, current_setting('enable_hashjoin') AS hashjoin`;
    const plans = { seqscan: 'off', hashjoin: 'off' };
    expect((await pool.query(limits)).rows).toEqual([{ statement: '500ms', open: '500ms', ...plans }]);
    await limitServiceRole(new Secret(database.url), 3_000);
    const plain = new Client({ connectionString: database.url });
    await plain.connect();
    expect((await plain.query(limits)).rows).toEqual([{ statement: '3s', open: '3s', ...plans }]);
    await plain.end();
  });

  it('is not used while it leads to a standby, and is used after the standby is promoted', async () => {
    const server = await createTestPostgres();
    const promote = new Pool({ connectionString: server.adminUrl });
    const connections = openPool({
      service: 'test',
      url: new Secret(server.url),
      connectionsMax: 2,
      statementTimeoutMs: 500,
      log,
      metrics: noMetrics(),
    });
    try {
      await server.kill();
      await writeFile(join(server.dataDirectory, 'standby.signal'), '');
      await server.start();
      await expect(connections.warm()).rejects.toThrow('it is a standby');
      expect(connections.totalCount).toBe(0);
      const query = queryOn(connections, { waitingMax: 10 });
      await expect(query(one)).rejects.toMatchObject({ code: 'unavailable' });
      await promote.query('SELECT pg_promote()');
      await connections.warm();
      expect(await query(one)).toEqual([{ one: 1 }]);
    } finally {
      await Promise.all([connections.close(), promote.end()]);
      await server.close();
    }
  });

  it('counts as impaired if it accepts no writes, and writes get 503', async () => {
    await migrate({ schema, ownerUrl: database.ownerUrl, serviceUrl: database.url, report: () => undefined });
    await assertSchema(pool, schema);
    await pool.query('SET default_transaction_read_only = on');
    await expect(assertSchema(pool, schema)).rejects.toThrow(StoreImpairedError);
    const write = queryOn(pool, { waitingMax: 1 })({ text: 'DELETE FROM drafts' });
    await expect(write).rejects.toMatchObject({ code: 'unavailable' });
    await assertSchema(pool, schema); // the pool has replaced the failed connection
  });
});
