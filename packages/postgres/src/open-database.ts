import { perWorker, type Runtime } from '@mainstay/service';
import { traceStatements, type TraceStatement } from '@mainstay/tracing';
import { openPool, type ServicePool } from './open-pool.js';
import { queryOn, type Query } from './query.js';
import { assertSchema, type Schema } from './schema.js';
import type { PostgresSettings } from './settings.js';

export interface Database {
  pool: ServicePool;
  query: Query;
  trace: TraceStatement;
}

/** Opens the connections for requests. The service becomes ready when the schema is new enough. */
export function openDatabase(runtime: Runtime<PostgresSettings & { workers: number }>, schema: Schema): Database {
  const { config, log, metrics, tracing, health, onClose } = runtime;
  const { databaseUrl: url, databaseStatementTimeoutMs: statementTimeoutMs } = config;
  const connectionsMax = perWorker(config.databasePoolMax, config);
  const { databasePoolMin: connectionsMin, databaseConnectTimeoutMs: connectTimeoutMs } = config;
  const limits = { connectionsMin, connectionsMax, connectTimeoutMs, statementTimeoutMs };
  const pool = onClose(openPool({ service: schema.service, url, ...limits, log, metrics }), 'postgres');
  health.require('postgres', async () => {
    await pool.warm();
    await assertSchema(pool, schema);
  });
  const trace = traceStatements(tracing, url.reveal());
  const query = queryOn(pool, { waitingMax: perWorker(config.databaseWaitingMax, config), trace });
  return { pool, query, trace };
}
