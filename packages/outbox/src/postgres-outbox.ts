import { instantOfId, type EventEnvelope } from '@mainstay/events';
import type { Log } from '@mainstay/logging';
import type { Secret } from '@mainstay/config';
import { Client, type QueryConfig, type QueryResultRow } from 'pg';
import { connectionOptions, prepareConnection } from '@mainstay/postgres';
import type { Outbox, OutboxBatch, OutboxPosition } from './relay-outbox.js';

/** Number of the relay's advisory lock. All other advisory locks in the database must have different numbers. */
const RELAY_LOCK = 7_246_001;

interface OutboxRow extends Pick<EventEnvelope, 'id' | 'type' | 'version' | 'subjects' | 'data'> {
  xid: string;
  traceparent: string | null;
  requestId: string | null;
  age_s: number;
}

export interface PostgresOutboxOptions {
  /** The name of the service, which becomes the `source` of each event. */
  service: string;
  url: Secret;
  statementTimeoutMs: number;
  log: Log;
}

/**
 * Reads the outbox. Only the process that has the advisory lock sends events. The lock does not work behind a pooler,
 * so every process sends events there.
 */
export function createPostgresOutbox(options: PostgresOutboxOptions): Outbox {
  let connection: Promise<Connection> | undefined;

  async function use<Result>(query: (connection: Connection) => Promise<Result>): Promise<Result> {
    const opened = (connection ??= open());
    try {
      return await query(await opened);
    } catch (error) {
      if (connection === opened) connection = undefined;
      void opened.then(({ client }) => client.end()).catch(() => undefined);
      throw error;
    }
  }

  function open(): Promise<Connection> {
    const opening = connect(options, () => {
      // A connection can report its loss twice. A late report must not remove a newer connection.
      if (connection === opening) connection = undefined;
    });
    return opening;
  }

  return {
    isMine: () =>
      use(async (current) => {
        if (current.isPooled) {
          current.lineage = await lineageOf(current.client);
          return true;
        }
        if (!current.isMine) {
          const { rows } = await current.client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
            RELAY_LOCK,
          ]);
          current.isMine = rows[0]?.taken === true;
        }
        return current.isMine;
      }),
    lineage: () => use(({ lineage }) => Promise.resolve(lineage)),
    readAfter: (position, limit, until) => use((current) => readAfter(current, position, limit, until)),
    newest: () => use((current) => newest(current)),
    countAfter: (position, max) => use((current) => countAfter(current, position, max)),
    async close() {
      const opened = connection;
      connection = undefined;
      await opened?.then(({ client }) => client.end()).catch(() => undefined);
    },
  };
}

interface Connection {
  client: Client;
  source: string;
  isPooled: boolean;
  lineage: string;
  isMine: boolean;
}

async function connect(options: PostgresOutboxOptions, onLost: () => void): Promise<Connection> {
  const { service, url, statementTimeoutMs, log } = options;
  const client = new Client(connectionOptions({ service, url, statementTimeoutMs }));
  client.on('error', (error) => {
    log.warn('the relay lost its connection to postgres', { error });
    onLost();
  });
  try {
    await client.connect();
    const { isPooled } = await prepareConnection(client, statementTimeoutMs);
    return { client, source: service, isPooled, lineage: await lineageOf(client), isMine: false };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/**
 * Returns the system identifier and the timeline of the database. A failover starts a new timeline. The control file
 * shows the new timeline late, so read the timeline from the name of a WAL file.
 */
async function lineageOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ lineage: string }>(
    `SELECT system_identifier || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8) AS lineage FROM pg_control_system()`,
  );
  return rows[0]!.lineage;
}

/**
 * Searches the rows of the outbox, sorted by `xid` and then by `id`, for the first row whose transaction began at
 * `instant` or later. Returns the position of the row before the found row. Returns undefined if the found row is the
 * first row of the outbox.
 * @throws Error if no transaction that began at `instant` or later has added a row
 */
export async function outboxPositionBefore(client: Client, instant: Date): Promise<OutboxPosition | undefined> {
  // The relay reads rows in the order of `xid`, which can differ from the order of `created_at`. So find the lowest
  // `xid` of the rows since `instant`.
  const since = await client.query<{ first: string | null }>(
    'SELECT min(xid)::text AS first FROM outbox WHERE created_at >= $1',
    [instant],
  );
  const first = since.rows[0]?.first;
  if (!first) throw new Error(`No event was recorded since ${instant.toISOString()}, so no event is sent again.`);
  const before = await client.query<{ xid: string; id: string }>(
    'SELECT xid::text, id FROM outbox WHERE xid < $1::xid8 ORDER BY outbox.xid DESC, id DESC LIMIT 1',
    [first],
  );
  const [row] = before.rows;
  return row && { lineage: await lineageOf(client), ...row };
}

/**
 * Reads only rows of transactions that are older than every running transaction. Otherwise a running transaction could
 * add rows before the cursor, and the relay would never send the added rows.
 */
async function readAfter(
  connection: Connection,
  position: OutboxPosition | undefined,
  limit: number,
  until?: OutboxPosition,
): Promise<OutboxBatch> {
  const rows = await query<OutboxRow>(connection, {
    name: 'read_outbox',
    text: `SELECT id, xid::text, type, version, subjects, traceparent, request_id AS "requestId", data,
                  extract(epoch FROM clock_timestamp() - created_at)::float8 AS age_s
           FROM outbox
           WHERE (xid, id) > ($1::xid8, $2::uuid) AND xid < pg_snapshot_xmin(pg_current_snapshot())
             AND ($4::xid8 IS NULL OR (xid, id) <= ($4, $5::uuid))
           ORDER BY outbox.xid, outbox.id LIMIT $3`, // `ORDER BY xid` would sort as text: 1000 before 999.
    values: [...boundOf(position), limit, until?.xid, until?.id],
  });
  const last = rows.at(-1);
  return {
    events: rows.map((row) => envelopeOf(row, connection.source)),
    end: last && { lineage: connection.lineage, xid: last.xid, id: last.id },
    lagS: rows[0]?.age_s ?? (await ageOfNext(connection, position)),
  };
}

async function newest(connection: Connection): Promise<OutboxPosition | undefined> {
  const [row] = await query<{ xid: string; id: string }>(connection, { name: 'newest_of_outbox', text: NEWEST_TEXT });
  return row && { lineage: connection.lineage, ...row };
}

const NEWEST_TEXT = `SELECT xid::text, id FROM outbox WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY outbox.xid DESC, id DESC LIMIT 1`;

/**
 * Returns the position of the newest row that the relay can send now. Returns undefined if the relay can send no row.
 */
export async function newestOutboxPosition(client: Client): Promise<OutboxPosition | undefined> {
  const [row] = (await client.query<{ xid: string; id: string }>(NEWEST_TEXT)).rows;
  return row && { lineage: await lineageOf(client), ...row };
}

async function ageOfNext(connection: Connection, position: OutboxPosition | undefined): Promise<number> {
  const rows = await query<{ age_s: number }>(connection, {
    name: 'age_of_next',
    text: `SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 AS age_s
           FROM outbox WHERE (xid, id) > ($1::xid8, $2::uuid) ORDER BY xid, id LIMIT 1`,
    values: boundOf(position),
  });
  return rows[0]?.age_s ?? 0;
}

async function countAfter(connection: Connection, position: OutboxPosition | undefined, max: number): Promise<number> {
  const rows = await query<{ count: number }>(connection, {
    name: 'count_outbox',
    text: `SELECT count(*)::integer AS count
           FROM (SELECT FROM outbox WHERE (xid, id) > ($1::xid8, $2::uuid) LIMIT $3) AS pending`,
    values: [...boundOf(position), max],
  });
  return rows[0]!.count;
}

/**
 * A named statement exists in only one session. A pooler can change the session, so statements have no names behind a
 * pooler.
 */
async function query<Row extends QueryResultRow>(
  { client, isPooled }: Connection,
  statement: QueryConfig,
): Promise<Row[]> {
  const { text, values = [] } = statement;
  return (await client.query<Row>(isPooled ? { text, values } : statement)).rows;
}

/**
 * Returns the values of `position`. If `position` is undefined, the returned values are lower than the values of every
 * row.
 */
function boundOf(position: OutboxPosition | undefined): [xid: string, id: string] {
  return [position?.xid ?? '0', position?.id ?? '00000000-0000-0000-0000-000000000000'];
}

function envelopeOf(row: OutboxRow, source: string): EventEnvelope {
  const { id, type, version, subjects, traceparent, requestId, data } = row;
  const time = instantOfId(id).toISOString();
  const cause = { traceparent: traceparent ?? undefined, requestId: requestId ?? undefined };
  return { id, type, version, time, subjects, source, ...cause, data };
}
