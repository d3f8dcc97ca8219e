import { AppError, TimeLimitError, within } from '@mainstay/errors';
import { isConnectionFailure, isOutage } from './mongo-outage.js';

export interface GuardOptions {
  /**
   * The maximum number of concurrent operations. Further operations are refused, so that they do not pile up on a slow
   * server.
   */
  operationsMax?: number;
  /**
   * After a failed connection, operations are refused for this time. After that, one operation at a time tries again.
   */
  pauseMs?: number;
  /**
   * The time limit of an operation with all retries of the driver. It is longer than each single limit of the driver.
   */
  timeLimitMs?: number;
  nowMs?: () => number;
}

/**
 * Runs operations on MongoDB. If MongoDB does not answer, the first operations fail with AppError unavailable after
 * their time limit, and later operations fail at once. A write that fails may have been executed. An error that does
 * not mean an outage is thrown unchanged.
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
      // A timeout in the driver's queue for a connection means high load, not an outage.
      const isOver = error instanceof TimeLimitError;
      const isAway = isOver || (isConnectionFailure(error) && !isPoolExhausted(error));
      if (isAway) failure = { error, untilMs: nowMs() + pauseMs };
      if (!isOver && !isOutage(error)) throw error;
      throw unavailable(error);
    }
  }

  return async function operate<Result>(operation: () => Promise<Result>): Promise<Result> {
    if (running >= operationsMax) throw unavailable(new Error(`${operationsMax} operations are under way`));
    // No operation ran for a while, so the failure is old. Let all operations run instead of one trial.
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
