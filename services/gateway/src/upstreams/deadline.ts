import { AppError } from '@mainstay/errors';
import type { Request, Response } from 'express';
import { arrivedAtMs } from '../intake/arrival.js';

/**
 * How long a request may still wait for services, and what ends the waiting: its time, a client that has left, or a
 * revoked session.
 */
export class Deadline {
  readonly #endsAtMs: number;
  #controller: AbortController | undefined;
  /** Why the waiting has ended. */
  reason: Error | undefined;
  /** The attempt that waits for a service now. */
  attempt: { abort(reason: Error): void } | undefined;

  /** @param endsAtMs on the clock of `performance.now()` */
  constructor(endsAtMs: number) {
    this.#endsAtMs = endsAtMs;
  }

  /** Whole milliseconds, at least 1, because some readers take 0 for "no deadline". */
  remainingMs(): number {
    return Math.max(1, Math.floor(this.#endsAtMs - performance.now()));
  }

  /** Ends the waiting, if it has not ended. `reason` is the response, if it is an AppError. */
  end(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    this.attempt?.abort(reason);
    this.#controller?.abort(reason);
  }

  /** Ends the waiting if the time is up. */
  endIfOver(nowMs: number): boolean {
    if (nowMs < this.#endsAtMs) return false;
    this.end(new AppError('deadline_exceeded', 'The request took too long.'));
    return true;
  }

  /** For code that needs a signal. Most requests do not, so it is made only then. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.reason) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }
}

/** The deadlines that run now. */
export interface Deadlines {
  start(deadline: Deadline): void;
  /** The response has begun: time does not end it any more. */
  lift(deadline: Deadline): void;
}

/** Deadlines end at most this late. One timer for all of them costs less than one each. */
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

/** The deadline of a request, `timeoutMs` after all of it had arrived. It ends when the client leaves, too. */
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

export const clientHasGone = (): Error => new Error('the client has gone');
