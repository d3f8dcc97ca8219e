import type { AppError } from '@mainstay/errors';
import type { EventEnvelope } from '@mainstay/events';
import type { PoolClient, QueryConfig } from 'pg';

/** The connection of a transaction. Each statement has its own snapshot. */
export type BatchClient = Pick<PoolClient, 'query'>;

/** A request that has at most one effect for each (owner, route, key). */
export interface KeyedWrite<Order> {
  ownerId: string;
  /** The HTTP route, such as `POST /v1/transfers`. Different owners and routes may use the same key. */
  route: string;
  key: string;
  /** SHA-256 of the request. A different request with the same key is refused. */
  fingerprint: Buffer;
  order: Order;
  /** If the write has not begun at this time (`performance.now()`), it is refused. */
  beginBeforeMs?: number | undefined;
}

/** The response to the client. A repeated key gets the same bytes again. */
export interface Reply {
  status: number;
  location: string;
  body: string;
}

export interface StoredReply extends Reply {
  isReplay: boolean;
}

/** The effect of an order, or its refusal. A refused order writes nothing. */
export type Decision<Effect> =
  | { isAccepted: true; effect: Effect; reply: Reply; events: readonly EventEnvelope[] }
  | { isAccepted: false; error: AppError };

/** The rules of the domain. Each transaction calls `load` once, `decide` per order, and `store` once. */
export interface KeyedDomain<Order, State, Effect> {
  /**
   * Locks the rows in a fixed sequence, and reads them in a second statement, because a statement that waits for a lock
   * does not see commits during the wait.
   */
  load(client: BatchClient, orders: readonly Order[]): Promise<State>;
  /** Decides an order and updates `state` for the next order. Does no I/O. */
  decide(state: State, order: Order): Decision<Effect>;
  /** Returns the statement that writes all effects. */
  store(effects: readonly Effect[]): QueryConfig;
}
