import { AppError } from '@mainstay/errors';
import type { Request, Response } from 'express';
import { arrivedAtMs } from '../intake/arrival.js';

/**
 * Limits how long the gateway waits for the response of a service. The wait ends earlier if the client disconnects, or
 * if the session is revoked.
 */
export class Deadline {
  readonly #endsAtMs: number;
  #controller: AbortController | undefined;
  /** The reason why the wait has ended. While the gateway waits, `reason` is undefined. */
  reason: Error | undefined;
  /** The current attempt to send the request to a service. `end` aborts the attempt. */
  attempt: { abort(reason: Error): void } | undefined;

  /** @param endsAtMs time of `performance.now()` */
  constructor(endsAtMs: number) {
    this.#endsAtMs = endsAtMs;
  }

  /** Returns the remaining time in whole milliseconds. The minimum is 1, because 0 often means "no time limit". */
  remainingMs(): number {
    return Math.max(1, Math.floor(this.#endsAtMs - performance.now()));
  }

  /** Ends the wait for the service. If no response has begun, and `reason` is an AppError, the client gets `reason`. */
  end(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    this.attempt?.abort(reason);
    this.#controller?.abort(reason);
  }

  /** If `nowMs` is after the time limit, ends the wait and returns true. */
  endIfOver(nowMs: number): boolean {
    if (nowMs < this.#endsAtMs) return false;
    this.end(new AppError('deadline_exceeded', 'The request took too long.'));
    return true;
  }

  /** The signal aborts when `end` is called. It is created on first use, because most requests do not need a signal. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.reason) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }
}

/** Checks each deadline from `start` to `lift`. */
export interface Deadlines {
  start(deadline: Deadline): void;
  /** Removes the time limit. Call `lift` when the response has begun. */
  lift(deadline: Deadline): void;
}

/** One timer checks all deadlines at this interval, because a timer for each request would cost more. */
const PRECISION_MS = 20;

export function createDeadlines(): Deadlines {
  const running = new Set<Deadline>();
  let timer: NodeJS.Timeout | undefined;

  function check(): void {
    const nowMs = performance.now();
    for (const deadline of running) if (deadline.endIfOver(nowMs)) running.delete(deadline);
    if (running.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    start(deadline) {
      running.add(deadline);
      timer ??= setInterval(check, PRECISION_MS);
    },
    lift: (deadline) => void running.delete(deadline),
  };
}

/**
 * Creates a deadline that ends `timeoutMs` after the arrival of the request. If the client disconnects, the deadline
 * ends at once. `lift` removes the time limit.
 */
export function startDeadline(
  req: Request,
  res: Response,
  timeoutMs: number,
): { deadline: Deadline; lift: () => void } {
  const deadline = new Deadline(arrivedAtMs(req) + timeoutMs);
  const timer = setTimeout(() => deadline.endIfOver(Infinity), deadline.remainingMs());
  const lift = () => clearTimeout(timer);
  res.once('close', () => {
    lift();
    if (!res.writableFinished) deadline.end(clientHasGone());
  });
  return { deadline, lift };
}

export const clientHasGone = (): Error => new Error('the client has disconnected');
