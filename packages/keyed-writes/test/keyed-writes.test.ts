import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@mainstay/platform/testing';
import { AppError } from '@mainstay/errors';
import { createEvent } from '@mainstay/events';
import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  keyedWrites,
  type KeyedDomain,
  type KeyedWrite,
  type KeyedWrites,
  type KeyedWritesOptions,
} from '../src/index.js';

/**
 * A test write that adds `by` to a counter. The test domain refuses a write that raises the counter above 100. The
 * domain does not check a write whose `by` is 100 or more, so that PostgreSQL can refuse a value of 1000 or more.
 */
interface Increment {
  counter: string;
  by: number;
}
type Counters = Map<string, number>;

let database: TestDatabase;
let pool: pg.Pool;
const batches: number[] = [];
let writes: KeyedWrites<Increment>;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool();
  await pool.query(`
    CREATE TABLE counters (name text PRIMARY KEY, value integer NOT NULL CHECK (value < 1000));
    CREATE TABLE idempotency_keys (owner_id uuid, route text, key text, fingerprint bytea NOT NULL, status smallint NOT NULL,
      location text NOT NULL, body text NOT NULL, PRIMARY KEY (owner_id, route, key));
    CREATE TABLE outbox (id uuid PRIMARY KEY, type text, version integer, subjects uuid[], traceparent text, request_id text, data json);
    INSERT INTO counters VALUES ('a', 0), ('b', 0);`);
});
beforeEach(async () => {
  await pool.query('UPDATE counters SET value = 0; DELETE FROM idempotency_keys; DELETE FROM outbox');
  batches.length = 0;
  writes = open();
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

function openPool(): pg.Pool {
  const opened = new pg.Pool({ connectionString: database.ownerUrl, max: 4, pipeline: true });
  // An `error` event without a listener would end the process.
  opened.on('error', () => undefined);
  return opened;
}

const domain: KeyedDomain<Increment, Counters, Increment> = {
  async load(client, orders) {
    const names = [...new Set(orders.map(({ counter }) => counter))];
    const [, { rows }] = await Promise.all([
      client.query('SELECT FROM counters WHERE name = ANY ($1) ORDER BY name FOR UPDATE', [names]),
      client.query<{ name: string; value: number }>('SELECT * FROM counters WHERE name = ANY ($1)', [names]),
    ]);
    return new Map(rows.map(({ name, value }) => [name, value]));
  },
  decide(state, { counter, by }) {
    const value = (state.get(counter) ?? 0) + by;
    if (value > 100 && by < 100) return { isAccepted: false, error: new AppError('balance_limit') };
    state.set(counter, value);
    const event = createEvent({ type: 'user.password_changed', subjects: [ada], source: 'test', data: {} });
    return {
      isAccepted: true,
      effect: { counter, by },
      reply: { status: 201, location: `/counters/${counter}`, body: `{"value":${value}}` },
      events: [event],
    };
  },
  store: (effects) => ({
    text: `UPDATE counters c SET value = value + total FROM (
             SELECT name, sum(by) AS total FROM unnest($1::text[], $2::integer[]) AS effect (name, by) GROUP BY name) e WHERE e.name = c.name`,
    values: [effects.map(({ counter }) => counter), effects.map(({ by }) => by)],
  }),
};

function open(options: Partial<KeyedWritesOptions<Increment, Counters, Increment>> = {}) {
  const toStoreError = (error: unknown) => new AppError('unavailable', undefined, { cause: error });
  return keyedWrites({ pool, domain, toStoreError, onBatch: (size) => void batches.push(size), ...options });
}

const ada = randomUUID();
const bob = randomUUID();

function increment(key: string, order: Partial<Increment> = {}, more: Partial<KeyedWrite<Increment>> = {}) {
  const whole = { counter: 'a', by: 1, ...order };
  const fingerprint = createHash('sha256').update(JSON.stringify(whole)).digest();
  return { ownerId: ada, route: 'POST /counters', key, fingerprint, order: whole, ...more };
}

async function counted(): Promise<{ a: number; b: number; keys: number; events: number }> {
  const { rows } = await pool.query<{ a: number; b: number; keys: number; events: number }>(
    `SELECT (SELECT value FROM counters WHERE name = 'a') AS a, (SELECT value FROM counters WHERE name = 'b') AS b,
            (SELECT count(*)::int FROM idempotency_keys) AS keys, (SELECT count(*)::int FROM outbox) AS events`,
  );
  return rows[0]!;
}

async function outcomesOf(submitted: Promise<{ body: string; isReplay: boolean }>[]): Promise<string[]> {
  const settled = await Promise.allSettled(submitted);
  return settled.map((result) => {
    if (result.status === 'fulfilled') return result.value.isReplay ? 'replayed' : result.value.body;
    return result.reason instanceof AppError ? result.reason.code : String(result.reason);
  });
}

async function holdCounter(name: string) {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query('SELECT FROM counters WHERE name = $1 FOR UPDATE', [name]);
  return {
    client,
    async end() {
      await client.query('ROLLBACK');
      client.release();
    },
  };
}

async function waitingSessions(count: number): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows[0]!.count >= count) return;
  }
}

describe('a keyed write', () => {
  it('commits the effect, the event and the reply under its key, and replays the reply byte for byte', async () => {
    const first = await writes.submit(increment('one'));
    expect(first).toEqual({ status: 201, location: '/counters/a', body: '{"value":1}', isReplay: false });
    await writes.submit(increment('two'));
    expect(await writes.submit(increment('one'))).toEqual({ ...first, isReplay: true });
    expect(await counted()).toEqual({ a: 2, b: 0, keys: 2, events: 2 });
  });

  it('refuses the key for another request, and separates keys by owner and route', async () => {
    await writes.submit(increment('one'));
    expect(await outcomesOf([writes.submit(increment('one', { by: 2 }))])).toEqual(['idempotency_key_reused']);
    await writes.submit(increment('one', {}, { ownerId: bob }));
    await writes.submit(increment('one', {}, { route: 'POST /elsewhere' }));
    expect(await counted()).toEqual({ a: 3, b: 0, keys: 3, events: 3 });
  });

  it('succeeds after a migration changed the result type of a prepared statement', async () => {
    const busy = await holdCounter('a');
    const two = [writes.submit(increment('one'))];
    await waitingSessions(1);
    two.push(writes.submit(increment('two', { counter: 'b' })));
    await two[1];
    await busy.end();
    await two[0];
    // Two connections have prepared the statements. After the ALTER, PostgreSQL refuses to run the prepared
    // `find_keys`, because its result type is different.
    await pool.query('ALTER TABLE idempotency_keys ALTER status TYPE integer');
    for (const key of ['three', 'four', 'five']) {
      expect(await outcomesOf([writes.submit(increment(key))])).toEqual([expect.stringContaining('value')]);
    }
    expect(await counted()).toEqual({ a: 4, b: 1, keys: 5, events: 5 });
  });

  it('writes nothing for a refusal, and lets the same key succeed later', async () => {
    await writes.submit(increment('fill', { by: 100 }));
    expect(await outcomesOf([writes.submit(increment('more'))])).toEqual(['balance_limit']);
    await pool.query("UPDATE counters SET value = 0 WHERE name = 'a'");
    expect(await outcomesOf([writes.submit(increment('more'))])).toEqual(['{"value":1}']);
    expect(await counted()).toEqual({ a: 1, b: 0, keys: 2, events: 2 });
  });

  it('runs once if a thousand writes with its key arrive at once at two instances', async () => {
    const other = open();
    const submitted = Array.from({ length: 1_000 }, (_, turn) => (turn % 2 ? writes : other).submit(increment('same')));
    const outcomes = await outcomesOf(submitted);
    expect(outcomes.filter((outcome) => outcome === '{"value":1}')).toHaveLength(1);
    const allowed = ['{"value":1}', 'replayed', 'idempotency_in_progress'];
    expect(outcomes.filter((outcome) => !allowed.includes(outcome))).toEqual([]);
    expect(await counted()).toEqual({ a: 1, b: 0, keys: 1, events: 1 });
  });
});

describe('a batch', () => {
  it('runs all writes that arrived during other batches, in order', async () => {
    const held = await holdCounter('a');
    const first = writes.submit(increment('0'));
    await waitingSessions(1);
    const second = writes.submit(increment('1'));
    await waitingSessions(2);
    const rest = Array.from({ length: 50 }, (_, turn) => writes.submit(increment(`rest ${turn}`)));
    await held.end();
    expect(await outcomesOf([first])).toEqual(['{"value":1}']);
    const [third = '', ...others] = (await outcomesOf(rest)).map(
      (body) => (JSON.parse(body) as { value: number }).value,
    );
    expect(others).toEqual(others.map((_, turn) => Number(third) + turn + 1));
    await second;
    expect([batches, await counted()]).toEqual([[1, 1, 50], { a: 52, b: 0, keys: 52, events: 52 }]);
  });

  it('does not begin during another batch until half of the unfinished writes are waiting', async () => {
    const blocker = await pool.connect();
    await blocker.query("BEGIN; SELECT FROM counters WHERE name = 'a' FOR UPDATE");
    const submit = (...keys: string[]) => keys.map((key) => writes.submit(increment(key)));
    const turns = async () => {
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    };
    const submitted = submit('1', '2', '3', '4');
    await turns();
    submitted.push(...submit('5', '6', '7'));
    await turns();
    expect(batches).toEqual([4]);
    submitted.push(...submit('8'));
    await turns();
    expect(batches).toEqual([4, 4]);
    await blocker.query('ROLLBACK');
    blocker.release();
    await Promise.all(submitted);
  });

  it('gives each write a separate outcome', async () => {
    const outcomes = await outcomesOf([
      writes.submit(increment('1', { by: 60 })),
      writes.submit(increment('2', { by: 60 })),
      writes.submit(increment('3', { by: 40 })),
      writes.submit(increment('4', { counter: 'b' })),
    ]);
    expect(outcomes).toEqual(['{"value":60}', 'balance_limit', '{"value":100}', '{"value":1}']);
    expect([batches, await counted()]).toEqual([[4], { a: 100, b: 1, keys: 3, events: 3 }]);
  });

  it('runs writes one by one after a data error, so that only the wrong write fails', async () => {
    const outcomes = await outcomesOf([
      writes.submit(increment('1')),
      writes.submit(increment('too much for the table', { by: 5_000 })),
      writes.submit(increment('3')),
    ]);
    expect(outcomes).toEqual(['{"value":1}', 'unavailable', '{"value":2}']);
    expect(await counted()).toEqual({ a: 2, b: 0, keys: 2, events: 2 });
  });

  it.each(['40P01', '40001'])('runs once more after SQLSTATE %s, a deadlock or a conflict', async (state) => {
    let failures = 1;
    const failing = open({
      domain: {
        ...domain,
        async load(client, orders) {
          if (failures-- > 0)
            await client.query(`DO $$ BEGIN RAISE EXCEPTION 'staged' USING ERRCODE = '${state}'; END $$`);
          return domain.load(client, orders);
        },
      },
    });
    const both = [failing.submit(increment('1')), failing.submit(increment('2', { counter: 'b' }))];
    expect(await outcomesOf(both)).toEqual(['{"value":1}', '{"value":1}']);
    expect([batches, await counted()]).toEqual([[2, 2], { a: 1, b: 1, keys: 2, events: 2 }]);
  });

  it('rejects all of its writes with `unavailable` when the connection is lost; a retry with the same key gets the outcome', async () => {
    const held = await holdCounter('a');
    const all = [writes.submit(increment('1')), writes.submit(increment('2'))];
    await waitingSessions(1);
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(await outcomesOf(all)).toEqual(['unavailable', 'unavailable']);
    await held.end();
    expect(await outcomesOf([writes.submit(increment('1')), writes.submit(increment('2'))])).toEqual([
      '{"value":1}',
      '{"value":2}',
    ]);
  });
});

describe('the queue', () => {
  async function occupy() {
    const held = await holdCounter('a');
    const first = writes.submit(increment('first'));
    await waitingSessions(1);
    const second = writes.submit(increment('second'));
    await waitingSessions(2);
    return { release: () => held.end(), occupying: [first, second] };
  }

  it('does not start a write whose deadline has passed', async () => {
    const { release, occupying } = await occupy();
    const late = writes.submit(increment('late', {}, { beginBeforeMs: performance.now() }));
    await release();
    expect(await outcomesOf([late])).toEqual(['deadline_exceeded']);
    await Promise.all(occupying);
    expect(await counted()).toMatchObject({ a: 2, keys: 2 });
  });

  it('refuses writes when it is full, and gives one owner at most a quarter of the places', async () => {
    writes = open({ waitingMax: 8 });
    const owners = Array.from({ length: 5 }, () => randomUUID());
    const { release, occupying } = await occupy();
    // Ada's two unfinished writes are a quarter of `waitingMax`, so Ada's third write is refused.
    expect(await outcomesOf([writes.submit(increment('third'))])).toEqual(['unavailable']);
    const waiting = owners
      .slice(0, 4)
      .flatMap((ownerId) => [
        writes.submit(increment('1', {}, { ownerId })),
        writes.submit(increment('2', {}, { ownerId })),
      ]);
    expect(await outcomesOf([writes.submit(increment('1', {}, { ownerId: owners[4]! }))])).toEqual(['unavailable']);
    await release();
    await Promise.all([...occupying, ...waiting]);
    expect(await counted()).toMatchObject({ a: 10, keys: 10 });
  });

  it('refuses writes after `close`, which waits for the accepted writes', async () => {
    const { release, occupying } = await occupy();
    const waiting = writes.submit(increment('waiting'));
    const closed = writes.close();
    expect(await outcomesOf([writes.submit(increment('late'))])).toEqual(['unavailable']);
    await release();
    await closed;
    expect(await counted()).toMatchObject({ a: 3, keys: 3 });
    await Promise.all([...occupying, waiting]);
  });
});
