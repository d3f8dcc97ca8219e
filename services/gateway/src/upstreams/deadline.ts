import { AppError } from '@mainstay/errors';
import type { Request, Response } from 'express';
import { arrivedAtMs } from '../intake/arrival.js';

/** How long a request may still wait for services, and the signal that ends the waiting. */
export interface Deadline {
  /** Aborted when time is up (the reason is AppError deadline_exceeded) or when the client has left. */
  readonly signal: AbortSignal;
  /** Whole milliseconds, at least 1, because some readers take 0 for "no deadline". */
  remainingMs(): number;
  /** The response has begun: from here on only a client that leaves aborts the signal. */
  lift(): void;
  /** Ends the waiting early. `reason` is the response. */
  end(reason: AppError): void;
}

/** The deadline of a request, `timeoutMs` after all of it had arrived. */
export function startDeadline(req: Request, res: Response, timeoutMs: number): Deadline {
  const endsAtMs = arrivedAtMs(req) + timeoutMs;
  const remainingMs = (): number => Math.max(1, Math.floor(endsAtMs - performance.now()));
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new AppError('deadline_exceeded', 'The request took too long.'));
  }, remainingMs());
  res.once('close', () => {
    clearTimeout(timer);
    if (!res.writableFinished) controller.abort(new Error('the client has gone'));
  });
  return {
    signal: controller.signal,
    remainingMs,
    lift: () => clearTimeout(timer),
    end: (reason) => controller.abort(reason),
  };
}
