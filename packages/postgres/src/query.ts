import { AppError } from '@mainstay/errors';
import type { TraceStatement } from '@mainstay/tracing';
import type { Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { asStoreError } from './store-errors.js';

/**
 * Runs one statement and returns its rows.
 * @throws AppError unavailable if PostgreSQL cannot run the statement now
 * @throws AppError deadline_exceeded if the statement takes too long
 */
export type Query = <Row extends QueryResultRow>(statement: QueryConfig) => Promise<Row[]>;

export interface QueryOptions {
  waitingMax: number;
  trace?: TraceStatement;
}

/**
 * Returns a function that runs named statements. Each connection prepares a named statement only once. The function
 * refuses a statement while `waitingMax` statements wait for a connection.
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

/**
 * Removes the statement's name, so that PostgreSQL plans the statement again and any connection can run the statement.
 */
function unnamed({ text, values }: QueryConfig): QueryConfig {
  return values === undefined ? { text } : { text, values };
}

/** Returns whether PostgreSQL refused to run a named statement, for example after a migration. */
function isStale(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code === '0A000') return error.message === 'cached plan must not change result type';
  // Code 26000 means that the statement is not prepared. Code 42P05 means that the statement is already prepared.
  return error.code === '26000' || error.code === '42P05';
}

const untraced: TraceStatement = (_statement, run) => run();
