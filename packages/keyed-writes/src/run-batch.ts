import { AppError } from '@mainstay/errors';
import type { Writable } from 'node:stream';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { BatchClient, Decision, KeyedDomain, KeyedWrite, Reply, StoredReply } from './keyed-domain.js';

/** Outcome of one write in a batch. */
export type Outcome = { reply: StoredReply } | { error: AppError };

type Accepted<Effect> = Extract<Decision<Effect>, { isAccepted: true }>;

/**
 * Runs the writes in one transaction. All writes must have different keys. Returns one outcome per write after the
 * transaction has ended.
 * @throws the error of PostgreSQL after a rollback; if the connection was lost, PostgreSQL may have committed the
 * transaction
 */
export async function runBatch<Order, State, Effect>(
  pool: Pool,
  domain: KeyedDomain<Order, State, Effect>,
  writes: readonly KeyedWrite<Order>[],
  { isNamed }: { isNamed: boolean },
): Promise<Outcome[]> {
  const connection = await pool.connect();
  connection.on('error', ignore);
  const client = isNamed ? connection : withoutNames(connection);
  let failure: unknown;
  try {
    const [, locks] = await together(connection, () => [
      client.query('BEGIN'),
      client.query<{ locked: boolean }>(lockKeys(writes)),
    ]);
    const locked = writes.filter((_, index) => locks.rows[index]?.locked);
    // `findKeys` starts after the locks are taken, so it sees the commits of all earlier lock holders and finds every
    // stored key.
    const [{ rows }, state] = await together(connection, () => [
      client.query<StoredKey>(findKeys(locked)),
      domain.load(
        client,
        locked.map(({ order }) => order),
      ),
    ]);
    const known = new Map(rows.map((row) => [nameOf(row), row]));
    const accepted = new Map<KeyedWrite<Order>, Accepted<Effect>>();
    const outcomes = writes.map((write, index): Outcome => {
      if (!locks.rows[index]?.locked) return { error: inProgress() };
      const stored = known.get(nameOf(write));
      if (stored) return replay(stored, write);
      const decision = domain.decide(state, write.order);
      if (!decision.isAccepted) return { error: decision.error };
      accepted.set(write, decision);
      return { reply: { ...decision.reply, isReplay: false } };
    });
    if (accepted.size > 0) {
      const effects = [...accepted.values()].map(({ effect }) => effect);
      const [, , { command }] = await together(connection, () => [
        client.query(domain.store(effects)),
        client.query(storeKeys(accepted)),
        client.query('COMMIT'),
      ]);
      if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command} instead of COMMIT`);
    } else await client.query('ROLLBACK');
    return outcomes;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await release(connection, failure);
  }
}

/**
 * Returns the text from which the lock of a key is derived. Do not change the text, because during a deployment two
 * software versions run at the same time and must use the same lock.
 */
export function nameOf({ ownerId, route, key }: { ownerId: string; route: string; key: string }): string {
  return `${ownerId} ${route} ${key}`;
}

export function inProgress(): AppError {
  return new AppError('idempotency_in_progress', 'A request with this key is in progress.', { retryAfterS: 1 });
}

interface StoredKey extends Reply {
  ownerId: string;
  route: string;
  key: string;
  fingerprint: Buffer;
}

function replay(stored: StoredKey, { fingerprint }: KeyedWrite<unknown>): Outcome {
  if (!stored.fingerprint.equals(fingerprint))
    return {
      error: new AppError(
        'idempotency_key_reused',
        'This Idempotency-Key belongs to another request. Use a new key for each new request.',
      ),
    };
  const { status, location, body } = stored;
  return { reply: { status, location, body, isReplay: true } };
}

/**
 * Rolls back a failed transaction, and returns the connection to the pool. If the rollback fails or PostgreSQL refused
 * a named statement, closes the connection.
 */
async function release(client: PoolClient, failure: unknown): Promise<void> {
  const isClean = failure === undefined || (!isStaleStatement(sqlStateOf(failure)) && (await hasRolledBack(client)));
  client.off('error', ignore);
  client.release(!isClean);
}

function hasRolledBack(client: PoolClient): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

/** Returns true if PostgreSQL refused a named statement, for example after a migration. */
export function isStaleStatement(sqlState: string): boolean {
  return ['0A000', '26000', '42P05'].includes(sqlState);
}

export function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Removes the names of statements. Behind a pooler, a named statement can reach a connection on which the name does not
 * exist.
 */
function withoutNames(client: PoolClient): BatchClient {
  const query = (statement: QueryConfig | string, values?: unknown[]) =>
    typeof statement === 'string' ? client.query(statement, values) : client.query({ ...statement, name: undefined });
  return { query: query as BatchClient['query'] };
}

/** If the connection fails, the running statement also rejects, so the connection's `error` event needs no action. */
function ignore(): void {
  return;
}

/**
 * Sends the statements in one packet and waits for all results.
 * @throws the error of the earliest statement that failed
 */
async function together<const Results extends readonly Promise<unknown>[]>(
  connection: PoolClient,
  send: () => Results,
): Promise<{ -readonly [Index in keyof Results]: Awaited<Results[Index]> }> {
  const { stream } = (connection as unknown as { connection: { stream: Writable } }).connection;
  const statements = corked(stream, send);
  const settled = await Promise.allSettled(statements);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return Promise.all(statements);
}

function corked<Result>(stream: Writable, send: () => Result): Result {
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

function lockKeys(writes: readonly KeyedWrite<unknown>[]): QueryConfig {
  return {
    name: 'lock_keys',
    text: `SELECT pg_try_advisory_xact_lock(hashtextextended(name, 0)) AS locked
           FROM unnest($1::text[]) WITH ORDINALITY AS key (name, place) ORDER BY place`,
    values: [writes.map(nameOf)],
  };
}

function findKeys(writes: readonly KeyedWrite<unknown>[]): QueryConfig {
  return {
    name: 'find_keys',
    text: `SELECT owner_id AS "ownerId", route, key, fingerprint, status, location, body
           FROM idempotency_keys JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS asked (owner_id, route, key)
           USING (owner_id, route, key)`,
    values: [writes.map(({ ownerId }) => ownerId), writes.map(({ route }) => route), writes.map(({ key }) => key)],
  };
}

function storeKeys<Order>(accepted: ReadonlyMap<KeyedWrite<Order>, Accepted<unknown>>): QueryConfig {
  const writes = [...accepted.keys()];
  const replies = [...accepted.values()].map(({ reply }) => reply);
  const events = [...accepted.values()].flatMap((decision) => decision.events);
  return {
    name: 'store_keys',
    text: `WITH event AS (
             INSERT INTO outbox (id, type, version, subjects, traceparent, request_id, data)
             SELECT id, type, version, subjects::uuid[], traceparent, request_id, data::json
             FROM unnest($8::uuid[], $9::text[], $10::integer[], $11::text[], $12::text[], $13::text[], $14::text[])
               AS event (id, type, version, subjects, traceparent, request_id, data)
           )
           INSERT INTO idempotency_keys (owner_id, route, key, fingerprint, status, location, body)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::smallint[], $6::text[], $7::text[])`,
    values: [
      writes.map(({ ownerId }) => ownerId),
      writes.map(({ route }) => route),
      writes.map(({ key }) => key),
      writes.map(({ fingerprint }) => fingerprint),
      replies.map(({ status }) => status),
      replies.map(({ location }) => location),
      replies.map(({ body }) => body),
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map(({ version }) => version),
      events.map(({ subjects }) => `{${subjects.join(',')}}`),
      events.map(({ traceparent }) => traceparent ?? null),
      events.map(({ requestId }) => requestId ?? null),
      events.map(({ data }) => JSON.stringify(data)),
    ],
  };
}
