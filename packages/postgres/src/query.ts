import { AppError } from '@mainstay/errors';
import type { TraceStatement } from '@mainstay/tracing';
import type { Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { asStoreError } from './store-errors.js';

/**
 * Runs one statement and returns its rows.
 * @throws AppError unavailable · deadline_exceeded, by `asStoreError`
 */
export type Query = <Row extends QueryResultRow>(statement: QueryConfig) => Promise<Row[]>;

export interface QueryOptions {
  waitingMax: number;
  trace?: TraceStatement;
}

/**
 * Runs named statements, which each connection plans once. Refuses statements while `waitingMax` statements wait for a
 * connection.
 */
export function queryOn(pool: Pool & { isPooled?: () => boolean }, options: QueryOptions): Query {
  const { waitingMax, trace = untraced } = options;

  async function run<Row extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<Row>> {
    if (pool.isPooled?.()) return pool.query<Row>(unnamed(statement));
    try {
      return await pool.query<Row>(statement);
    } catch (error) {
      if (!isStale(error)) throw error;
      return pool.query<Row>(unnamed(statement));
    }
  }

  return async <Row extends QueryResultRow>(statement: QueryConfig) => {
    if (pool.waitingCount >= waitingMax) {
      throw new AppError('unavailable', 'Too many requests wait for the store.', { retryAfterS: 1 });
    }
    try {
      return (await trace(statement, () => run<Row>(statement))).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  };
}

/** Removes the name, so that the statement is planned again and can run on any connection. */
function unnamed({ text, values }: QueryConfig): QueryConfig {
  return values === undefined ? { text } : { text, values };
}

/** Whether PostgreSQL refused a named statement without running it, for example after a migration. */
function isStale(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code === '0A000') return error.message === 'cached plan must not change result type';
  // 26000: the statement is not prepared · 42P05: the statement is already prepared
  return error.code === '26000' || error.code === '42P05';
}

const untraced: TraceStatement = (_statement, run) => run();
