import type { AppError } from '@mainstay/errors';
import type { EventEnvelope } from '@mainstay/events';
import type { PoolClient, QueryConfig } from 'pg';

/**
 * One connection inside the batch's transaction. Statements that are sent together run in sequence, each with its own
 * snapshot.
 */
export type BatchClient = Pick<PoolClient, 'query'>;

/** A request that has at most one effect for each (owner, route, key). */
export interface KeyedWrite<Order> {
  ownerId: string;
  /** Keys are separate for each owner and route. Example: `POST /v1/transfers`. */
  route: string;
  key: string;
  /** SHA-256 of the request. A different request under the same key is refused. */
  fingerprint: Buffer;
  order: Order;
  /** On the clock of `performance.now()`: a write that still waits at this time is not started. */
  beginBeforeMs?: number | undefined;
}

/** The client's response: stored with the effect, and sent again byte for byte when the key is repeated. */
export interface Reply {
  status: number;
  location: string;
  body: string;
}

export interface StoredReply extends Reply {
  isReplay: boolean;
}

/**
 * What an order does, or the error that refuses it. A refused order writes nothing, so a retry with the same key may
 * succeed later.
 */
export type Decision<Effect> =
  | { isAccepted: true; effect: Effect; reply: Reply; events: readonly EventEnvelope[] }
  | { isAccepted: false; error: AppError };

/**
 * The domain's part of the writes. A batch calls `load` once, `decide` for each order in order of arrival, and
 * `store` once, in one transaction.
 */
export interface KeyedDomain<Order, State, Effect> {
  /**
   * Locks what the orders need, always in the same order (by id, for example), and reads it after the locks are held.
   * In READ COMMITTED a statement does not see what was committed while it waited for a lock, so lock in one
   * statement and read in the next.
   */
  load(client: BatchClient, orders: readonly Order[]): Promise<State>;
  /** Decides one order and applies it to `state`, so that the next order of the batch sees its effect. Does no I/O. */
  decide(state: State, order: Order): Decision<Effect>;
  /** One statement that writes all effects, as sets. */
  store(effects: readonly Effect[]): QueryConfig;
}
