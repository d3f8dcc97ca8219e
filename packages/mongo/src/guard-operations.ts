import { AppError, TimeLimitError, within } from '@mainstay/errors';
import { isConnectionFailure, isOutage } from './mongo-outage.js';

export interface GuardOptions {
  /** Maximum number of concurrent operations. Further operations fail at once. */
  operationsMax?: number;
  /**
   * Milliseconds after a failed connection during which operations fail at once. Then one operation tries to reach
   * MongoDB.
   */
  pauseMs?: number;
  /** Maximum number of milliseconds for one operation, including the driver's retries. */
  timeLimitMs?: number;
  nowMs?: () => number;
}

/**
 * Returns a function that runs operations on MongoDB. After a failed connection, operations fail at once for `pauseMs`.
 * @throws AppError unavailable during an outage, even if MongoDB has executed the operation
 * @throws the error of MongoDB, the driver or mongoose unchanged if the caller caused it, for example a duplicate key
 */
export function guardOperations({
  operationsMax = 200,
  pauseMs = 1_000,
  timeLimitMs = 10_000,
  nowMs = () => performance.now(),
}: GuardOptions = {}) {
  let running = 0;
  let failure: { error: unknown; untilMs: number } | undefined;
  let isTrying = false;

  async function attempt<Result>(operation: () => Promise<Result>): Promise<Result> {
    try {
      const result = await within(operation(), timeLimitMs, 'MongoDB');
      failure = undefined;
      return result;
    } catch (error) {
      const isOver = error instanceof TimeLimitError;
      // If the driver's connection pool is exhausted, the load is high but MongoDB is reachable. So later operations
      // must not fail at once.
      const isAway = isOver || (isConnectionFailure(error) && !isPoolExhausted(error));
      if (isAway) failure = { error, untilMs: nowMs() + pauseMs };
      if (!isOver && !isOutage(error)) throw error;
      throw unavailable(error);
    }
  }

  return async function operate<Result>(operation: () => Promise<Result>): Promise<Result> {
    if (running >= operationsMax) throw unavailable(new Error(`${operationsMax} operations are under way`));
    // If the failure is old, let all operations run instead of only one trial operation.
    if (failure && !isTrying && nowMs() >= failure.untilMs + pauseMs) failure = undefined;
    if (failure && (isTrying || nowMs() < failure.untilMs)) throw unavailable(failure.error);
    const isTrial = failure !== undefined;
    if (isTrial) isTrying = true;
    running += 1;
    try {
      return await attempt(operation);
    } finally {
      running -= 1;
      if (isTrial) isTrying = false;
    }
  };
}

function isPoolExhausted(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoWaitQueueTimeoutError';
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'The store is temporarily unavailable.', { retryAfterS: 5, cause });
}
