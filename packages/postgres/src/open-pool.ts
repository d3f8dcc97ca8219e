import { Pool, types, type ClientBase, type CustomTypesConfig, type PoolClient, type PoolConfig } from 'pg';
import type { Secret } from '@mainstay/config';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { prepareConnection } from './prepare-connection.js';

export interface OpenPoolOptions {
  /** The name that PostgreSQL shows for the connections. */
  service: string;
  url: Secret;
  connectionsMax: number;
  /** `warm` opens this many connections, and the pool keeps them open. Default: 4. */
  connectionsMin?: number;
  /** Default: 2000. */
  connectTimeoutMs?: number;
  statementTimeoutMs: number;
  log: Log;
  metrics: Metrics;
}

/** Opens the pool for requests. If PostgreSQL is down or frozen, each statement fails within a time limit. */
export function openPool(options: OpenPoolOptions) {
  const { connectionsMax, statementTimeoutMs, log, metrics } = options;
  const connectionsMin = Math.min(options.connectionsMin ?? 4, connectionsMax);
  let isPooled = false;
  const pool = new Pool({
    ...connectionOptions(options),
    min: connectionsMin,
    max: connectionsMax,
    pipeline: true, // keyed writes send the next statement before the reply to the previous statement
    idleTimeoutMillis: 30_000,
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- pg-pool waits for the promise; its types do not say so
    async onConnect(client: ClientBase) {
      const prepared = await prepareConnection(client, statementTimeoutMs);
      if (prepared.isPooled && !isPooled) log.info('a pooler is in front of postgres: statements are not named');
      isPooled ||= prepared.isPooled;
    },
  });
  // Without a listener, the loss of an idle connection would end the process.
  pool.on('error', (error) => log.warn('an idle connection to postgres was lost', { error }));
  registerGauges(pool, metrics);
  timeWaits(pool, metrics);
  return Object.assign(pool, {
    warm: once(() => open(pool, connectionsMin)),
    /** Whether a pooler is in front of PostgreSQL. False before the first connection. */
    isPooled: () => isPooled,
    close: () => pool.end(),
  });
}

export type ServicePool = ReturnType<typeof openPool>;

/**
 * Opens connections before the first request needs them. If the server refuses some connections because the server
 * has too many connections, the opened connections are enough.
 * @throws the error of a connection, if all connections failed or if the connection failed for a different reason
 */
async function open(pool: Pool, connections: number): Promise<void> {
  const attempts = await Promise.allSettled(Array.from({ length: connections }, () => pool.connect()));
  const opened = attempts.filter((attempt) => attempt.status === 'fulfilled');
  for (const { value } of opened) value.release();
  const failures = attempts.flatMap((attempt): unknown => (attempt.status === 'rejected' ? [attempt.reason] : []));
  const isFull = (reason: unknown) => (reason as { code?: unknown }).code === TOO_MANY_CONNECTIONS;
  const failure = opened.length > 0 ? failures.find((reason) => !isFull(reason)) : failures[0];
  if (failure !== undefined) throw failure as Error;
}

/** A SQLSTATE. */
const TOO_MANY_CONNECTIONS = '53300';

/** The returned function calls `work` again only after a failure. Concurrent calls share one attempt. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return async () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    await done;
  };
}

/** A service's connection settings. A pooler refuses time limits at startup, so `prepareConnection` sets them. */
export function connectionOptions({
  service,
  url,
  statementTimeoutMs,
  connectTimeoutMs = 2_000,
}: Pick<OpenPoolOptions, 'service' | 'url' | 'statementTimeoutMs' | 'connectTimeoutMs'>): PoolConfig {
  return {
    connectionString: url.reveal(),
    application_name: service,
    keepAlive: true,
    connectionTimeoutMillis: connectTimeoutMs,
    // The server ends a slow statement itself. This later limit is for a server that does not answer.
    query_timeout: statementTimeoutMs + 500,
    types: { getTypeParser: parserOf },
  };
}

/** Parses bigint as a number. If values can exceed 2^53, select the column as text. */
const parserOf: CustomTypesConfig['getTypeParser'] = (oid, format) => {
  const parser: unknown = types.getTypeParser(oid, format);
  return Number(oid) === Number(types.builtins.INT8) ? Number : parser;
};

function registerGauges(pool: Pool, metrics: Metrics): void {
  const connections = metrics.gauge({
    name: 'pg_pool_connections',
    help: 'Connections of the pool by state; `waiting` counts statements that wait for one.',
    labelNames: ['state'],
  });
  connections.observe({ state: 'total' }, () => pool.totalCount);
  connections.observe({ state: 'idle' }, () => pool.idleCount);
  connections.observe({ state: 'waiting' }, () => pool.waitingCount);
}

type Connect = (done: (error: Error | undefined, client: PoolClient | undefined, release: unknown) => void) => void;

/** Measures `pool.connect`. `pool.query` calls it with a callback, so both forms are measured. */
function timeWaits(pool: Pool, metrics: Metrics): void {
  const waits = metrics.histogram({
    name: 'pg_pool_wait_seconds',
    help: 'Time until a statement had a connection of the pool, or was refused.',
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
  });
  const connect = pool.connect.bind(pool) as Connect & (() => Promise<PoolClient>);
  const timed = (done?: Parameters<Connect>[0]) => {
    const askedMs = performance.now();
    const observe = () => waits.observe((performance.now() - askedMs) / 1_000);
    if (done === undefined) return connect().finally(observe);
    return void connect((...answer) => {
      observe();
      done(...answer);
    });
  };
  pool.connect = timed as Pool['connect'];
}
