import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@mainstay/config';
import { createTestRedis, testRedisUrl, type TestRedis } from '@mainstay/platform/testing';
import { createEventStream, eventKeys, parseEvent } from '@mainstay/events';
import { createLogger } from '@mainstay/logging';
import { createPostgresOutbox, startOutboxRelay } from '@mainstay/outbox';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { newId } from '../src/domain/new-id.js';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startAccounts, type RunningAccounts } from './running-accounts.js';

let accounts: RunningAccounts;
let server: TestRedis;
let redis: Redis;
/** A Redis connection with only the rights of the accounts service. */
let ownRedis: Redis;
let relay: { close(): Promise<void> } | undefined;

const log = createLogger({ service: 'accounts', version: 'test', level: 'error' });

beforeAll(async () => {
  [accounts, server] = await Promise.all([startAccounts(), createTestRedis()]);
  redis = new Redis(server.url);
  ownRedis = new Redis(testRedisUrl(server.url, 'accounts'));
});
afterAll(async () => {
  redis.disconnect();
  ownRedis.disconnect();
  await Promise.all([accounts.close(), server.close()]);
});
beforeEach(async () => {
  await redis.flushall();
});
afterEach(async () => {
  await relay?.close();
  relay = undefined;
});

/** Starts the relay. `turns(n)` resolves after the relay has reported its progress n more times. */
function startRelay({ backlogMax = 100_000, databaseUrl = accounts.database.url } = {}) {
  const waiting: { turns: number; resolve: () => void }[] = [];
  const lags: number[] = [];
  const outbox = createPostgresOutbox({
    service: 'accounts',
    url: new Secret(databaseUrl),
    statementTimeoutMs: 5_000,
    log,
  });
  relay = startOutboxRelay({
    outbox,
    stream: createEventStream(ownRedis),
    log,
    backlogMax,
    onProgress({ lagS }) {
      lags.push(lagS);
      for (const wait of waiting) if (--wait.turns === 0) wait.resolve();
    },
  });
  return { lags, turns: (turns: number) => new Promise<void>((resolve) => waiting.push({ turns, resolve })) };
}

async function streamed(): Promise<string[]> {
  const messages = await redis.xrange(eventKeys.stream, '-', '+');
  return messages.map(([, fields]) => {
    const parsed = parseEvent(fields[1]!);
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.event.id;
  });
}

async function streamedTo(count: number): Promise<string[]> {
  return eventually(streamed, (ids) => ids.length >= count);
}

const outboxIds = async () => {
  const { rows } = await accounts.pool.query<{ id: string }>('SELECT id FROM outbox ORDER BY xid, id');
  return rows.map(({ id }) => id);
};

describe('the outbox relay', () => {
  it('sends every committed event once, in the order of transaction id and event id', async () => {
    for (let user = 0; user < 5; user += 1) await accounts.register();
    startRelay();
    expect(await streamedTo((await outboxIds()).length)).toEqual(await outboxIds());
  });

  it('does not skip the event of a transaction that commits after a newer transaction', async () => {
    const slow = await accounts.pool.connect();
    try {
      await slow.query('BEGIN');
      await slow.query(
        `INSERT INTO outbox (id, type, version, subjects, data) VALUES ($1, 'user.password_changed', 1, ARRAY[gen_random_uuid()], '{}')`,
        ['0198c5a0-0000-7000-8000-00000000510e'],
      );
      const { turns } = startRelay();
      await turns(2);
      const before = await outboxIds();
      await accounts.register(); // this transaction has a higher id, but commits before the slow one
      await turns(2);
      expect(await streamed()).toEqual(before);
      await slow.query('COMMIT');
      expect(await streamedTo(before.length + 2)).toEqual(await outboxIds());
    } finally {
      slow.release();
    }
  });

  it('sorts transaction 99 before 100, so that a start from the first event skips no event', async () => {
    for (const [xid, id] of [
      ['100', '0198c5a0-0000-7000-8000-000000000100'],
      ['99', '0198c5a0-0000-7000-8000-000000000099'],
    ]) {
      await accounts.pool.query(
        `INSERT INTO outbox (id, xid, type, version, subjects, data) VALUES ($1, $2, 'user.password_changed', 1, ARRAY[gen_random_uuid()], '{}')`,
        [id, xid],
      );
    }
    startRelay();
    const all = await outboxIds();
    expect(await streamedTo(all.length)).toEqual(all);
    expect(all[0]).toMatch(/99$/);
  });

  it('continues if it notices the end of its database connection late', async () => {
    const proxy = await startLateProxy(accounts.database.url);
    try {
      const { turns } = startRelay({ databaseUrl: proxy.url });
      await streamedTo((await outboxIds()).length);
      await endRelayConnection();
      await turns(2); // the relay has opened a new connection, and reads over it
      await proxy.endLate();
      await turns(2);
      await accounts.register();
      expect(await streamedTo((await outboxIds()).length)).toEqual(await outboxIds());
    } finally {
      await proxy.close();
    }
  });

  it('sends all events again when Redis loses all data', async () => {
    startRelay();
    const all = await outboxIds();
    await streamedTo(all.length);
    await redis.flushall();
    expect(await streamedTo(all.length)).toEqual(all);
  });

  it('starts from the first event when its cursor belongs to another database', async () => {
    const all = await outboxIds();
    await redis.set(eventKeys.cursor, 'another-lineage|999999999|ffffffff-ffff-7fff-8fff-ffffffffffff');
    startRelay();
    expect(await streamedTo(all.length)).toEqual(all);
  });

  it('pauses while the stream is full, so that the outbox grows and Redis does not', async () => {
    await accounts.register();
    const { turns } = startRelay({ backlogMax: 1 });
    await streamedTo(1);
    const length = (await streamed()).length;
    await accounts.register();
    await turns(2);
    expect((await streamed()).length).toBe(length);
    await redis.del(eventKeys.stream);
    expect(await streamedTo(1)).toEqual([(await outboxIds()).at(-1)]);
  });

  it('reports its lag while Redis refuses writes', async () => {
    const { lags } = startRelay();
    await streamedTo((await outboxIds()).length);
    await redis.config('SET', 'maxmemory', '1');
    await accounts.register();
    await eventually(
      () => Promise.resolve(lags.at(-1) ?? 0),
      (lagS) => lagS > 1,
    );
    await redis.config('SET', 'maxmemory', '0');
    expect(await streamedTo((await outboxIds()).length)).toEqual(await outboxIds());
  });

  it('reports its lag while an older open transaction blocks newer events', async () => {
    const { lags } = startRelay();
    await streamedTo((await outboxIds()).length);
    const open = await accounts.pool.connect();
    try {
      await open.query('BEGIN');
      await open.query('SELECT pg_current_xact_id()');
      await accounts.register();
      await eventually(
        () => Promise.resolve(lags.at(-1) ?? 0),
        (lagS) => lagS > 1,
      );
    } finally {
      await open.query('ROLLBACK');
      open.release();
    }
    expect(await streamedTo((await outboxIds()).length)).toEqual(await outboxIds());
    await eventually(
      () => Promise.resolve(lags.at(-1)),
      (lagS) => lagS === 0,
    );
  });

  it('sends every event once when two relays run at the same time', async () => {
    const [all, outboxes] = [await outboxIds(), [1, 2].map(() => alwaysMine())];
    const relays = outboxes.map((outbox) =>
      startOutboxRelay({ outbox, stream: createEventStream(redis), log, backlogMax: 100_000 }),
    );
    await streamedTo(all.length);
    for (const one of relays) await one.close();
    expect(await streamed()).toEqual(all);
  });

  // Keep this test last, because its 2,000 events would make the relay pause in a later test.
  it('sends a new event before it has sent all old events again', async () => {
    await accounts.pool.query(
      `INSERT INTO outbox (id, type, version, subjects, data)
       SELECT id, 'user.password_changed', 1, ARRAY[id], '{}' FROM unnest($1::uuid[]) AS id`,
      [Array.from({ length: 2_000 }, newId)],
    );
    const history = await outboxIds();
    // The outbox does not return new rows while an older transaction is open, even if that transaction uses a different
    // database of the same server. So wait until the outbox returns the last row of `history`.
    const reader = createPostgresOutbox({
      service: 'accounts',
      url: new Secret(accounts.database.url),
      statementTimeoutMs: 5_000,
      log,
    });
    await eventually(
      () => reader.newest(),
      (newest) => newest?.id === history.at(-1),
    );
    await reader.close();
    startRelay();
    await eventually(
      () => redis.xlen(eventKeys.stream),
      (length) => length >= 1_000,
    ); // the relay pauses here until the stream has fewer than 1,000 messages
    await accounts.register();
    const live = (await outboxIds()).filter((id) => !history.includes(id));
    const streamedIds = await eventually(streamed, (ids) => live.every((id) => ids.includes(id)));
    expect(streamedIds.length).toBeLessThan(history.length);
    const seen = new Set(streamedIds);
    await eventually(
      async () => {
        for (const id of await streamed()) seen.add(id);
        const messages = await redis.xrange(eventKeys.stream, '-', '+', 'COUNT', 500);
        const stored = messages.filter(([, fields]) => seen.has((JSON.parse(fields[1]!) as { id: string }).id));
        if (stored.length > 0) await redis.xdel(eventKeys.stream, ...stored.map(([streamId]) => streamId));
        return seen.size;
      },
      (size) => size >= history.length + live.length,
    );
    expect([...seen].sort()).toEqual([...history, ...live].sort());
  });
});

/** Acts like an outbox that has not noticed the loss of its connection. */
function alwaysMine() {
  const outbox = createPostgresOutbox({
    service: 'accounts',
    url: new Secret(accounts.database.url),
    statementTimeoutMs: 5_000,
    log,
  });
  return { ...outbox, isMine: () => Promise.resolve(true) };
}

async function endRelayConnection(): Promise<void> {
  const { rowCount } = await accounts.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  expect(rowCount).toBe(1);
}

/** A proxy that forwards data at once. If the database ends a connection, the client notices only at `endLate`. */
async function startLateProxy(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const ends: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect(Number(target.port), target.hostname);
    client.on('data', (data) => upstream.write(data)).on('end', () => upstream.end());
    upstream.on('data', (data) => client.write(data));
    upstream.on('end', () => ends.push(() => client.end()));
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    async endLate() {
      await eventually(
        () => Promise.resolve(ends.length),
        (count) => count > 0,
      );
      for (const end of ends) end();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
