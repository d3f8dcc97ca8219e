import { AppError } from '@mainstay/errors';
import type { TraceStatement } from '@mainstay/tracing';
import type { Pool, QueryConfig, QueryResultRow } from 'pg';
import { asStoreError } from './store-errors.js';

/** Runs one statement and gives its rows. @throws AppError unavailable · deadline_exceeded, by `asStoreError` */
export type Query = <Row extends QueryResultRow>(statement: QueryConfig) => Promise<Row[]>;

export interface QueryOptions {
  waitingMax: number;
  trace?: TraceStatement;
}

/**
 * Statements are named, so that each connection plans them once. While `waitingMax` of them wait for a connection more are refused: those
 * would wait in vain, and a PostgreSQL that is slow or frozen would fill this process with them.
 */
export function queryOn(pool: Pool, { waitingMax, trace = untraced }: QueryOptions): Query {
  return async <Row extends QueryResultRow>(statement: QueryConfig) => {
    if (pool.waitingCount >= waitingMax) {
      throw new AppError('unavailable', 'Too many requests wait for the ledger.', { retryAfterS: 1 });
    }
    try {
      return (await trace(statement, () => pool.query<Row>(statement))).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  };
}

const untraced: TraceStatement = (_statement, run) => run();
