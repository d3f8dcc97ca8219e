import { AppError, TimeLimitError, within } from '@mainstay/errors';
import { isConnectionFailure, isOutage } from './mongo-outage.js';

export interface GuardedReadsOptions {
  /** Concurrent reads; further ones are refused, so that they do not pile up on a slow server. */
  readsMax?: number;
  /** After a failed connection, reads are refused for this long; then one at a time tries again. */
  pauseMs?: number;
  /** Longest time of a read with all retries of the driver. Above every single limit of the driver. */
  timeLimitMs?: number;
  nowMs?: () => number;
}

/**
 * Runs reads of the event log. If MongoDB does not answer they fail with AppError unavailable: the first ones when
 * their time is over, the others at once. A bug stays the error that it is.
 */
export function guardReads({
  readsMax = 200,
  pauseMs = 1_000,
  timeLimitMs = 10_000,
  nowMs = () => performance.now(),
}: GuardedReadsOptions = {}) {
  let running = 0;
  let failure: { error: unknown; untilMs: number } | undefined;
  let isTrying = false;

  async function attempt<Result>(read: () => Promise<Result>): Promise<Result> {
    try {
      const result = await within(read(), timeLimitMs, 'MongoDB');
      failure = undefined;
      return result;
    } catch (error) {
      // A failed wait for a connection of the pool means high load, not an outage.
      const isOver = error instanceof TimeLimitError;
      const isAway = isOver || (isConnectionFailure(error) && !isPoolExhausted(error));
      if (isAway) failure = { error, untilMs: nowMs() + pauseMs };
      if (!isOver && !isOutage(error)) throw error;
      throw unavailable(error);
    }
  }

  return async function readFrom<Result>(read: () => Promise<Result>): Promise<Result> {
    if (running >= readsMax) throw unavailable(new Error(`${readsMax} reads are under way`));
    // The failure is old, because no read happened for a while: one trial must not block the concurrent reads.
    if (failure && !isTrying && nowMs() >= failure.untilMs + pauseMs) failure = undefined;
    if (failure && (isTrying || nowMs() < failure.untilMs)) throw unavailable(failure.error);
    const isTrial = failure !== undefined;
    if (isTrial) isTrying = true;
    running += 1;
    try {
      return await attempt(read);
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
  return new AppError('unavailable', 'The event log is temporarily unavailable.', { retryAfterS: 5, cause });
}
