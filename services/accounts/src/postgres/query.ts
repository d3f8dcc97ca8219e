import type { Pool, QueryConfig, QueryResultRow } from 'pg';
import { asStoreError } from './store-errors.js';

/** Runs one statement and gives its rows. @throws AppError unavailable · deadline_exceeded, by `asStoreError` */
export type Query = <Row extends QueryResultRow>(statement: QueryConfig) => Promise<Row[]>;

/** Statements are named, so that each connection plans them once. */
export function queryOn(pool: Pool): Query {
  return async <Row extends QueryResultRow>(statement: QueryConfig) => {
    try {
      return (await pool.query<Row>(statement)).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  };
}
