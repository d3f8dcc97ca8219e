import type { AppError } from '@mainstay/errors';
import type { EventEnvelope } from '@mainstay/events';
import type { PoolClient, QueryConfig } from 'pg';

/** The connection of a transaction. Each statement sees all earlier commits. */
export type BatchClient = Pick<PoolClient, 'query'>;

/** A write that takes effect at most once for its owner, route and key. */
export interface KeyedWrite<Order> {
  ownerId: string;
  /** The HTTP route, such as `POST /v1/transfers`. Different owners and routes may use the same key. */
  route: string;
  key: string;
  /** SHA-256 of the request. A different request with the same key is refused. */
  fingerprint: Buffer;
  /** The task for the domain, such as a transfer. */
  order: Order;
  /** A write that has not begun at this time of `performance.now()` is refused. */
  beginBeforeMs?: number | undefined;
}

/** The response to the client. A repeated request gets the same bytes again. */
export interface Reply {
  status: number;
  location: string;
  body: string;
}

export interface StoredReply extends Reply {
  isReplay: boolean;
}

/** Whether the domain accepts an order. A refused order writes nothing. */
export type Decision<Effect> =
  | { isAccepted: true; effect: Effect; reply: Reply; events: readonly EventEnvelope[] }
  | { isAccepted: false; error: AppError };

/**
 * The rules of the domain. A transaction calls `load` once, `decide` for each new order, and `store` for the accepted
 * orders.
 */
export interface KeyedDomain<Order, State, Effect> {
  /**
   * Locks the rows in a fixed sequence, which prevents deadlocks. Reads the rows in a second statement, because
   * a statement that waits for a lock can miss commits during the wait.
   */
  load(client: BatchClient, orders: readonly Order[]): Promise<State>;
  /** Decides an order and updates `state` for the next order. Does no I/O. */
  decide(state: State, order: Order): Decision<Effect>;
  /** Returns the statement that writes all effects. */
  store(effects: readonly Effect[]): QueryConfig;
}
