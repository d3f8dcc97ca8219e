import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler, Response } from 'express';

const arrivals = new WeakMap<Request, number>();

/** Notes when all of the request had come in: what sessions and limits take counts against its deadline, and what the client takes does not. Stands first in the app. */
export function noteArrival(): RequestHandler {
  return (req, _res, next) => {
    arrivals.set(req, performance.now());
    next();
  };
}

/** How long a request may still wait for others, and the signal that ends the waiting. */
export interface Deadline {
  /** Aborted when time is up (the reason is AppError deadline_exceeded) or when the client has gone. */
  readonly signal: AbortSignal;
  /** Whole milliseconds, at least 1: 0 would read as "no deadline" to some. */
  remainingMs(): number;
  /** The reply has begun: from here on only the client's going ends it. */
  lift(): void;
  /** Ends the waiting before its time, with this for an answer. */
  end(reason: AppError): void;
}

/** The deadline of a request, `timeoutMs` after all of it had come in. */
export function startDeadline(req: Request, res: Response, timeoutMs: number): Deadline {
  const endsAtMs = (arrivals.get(req) ?? performance.now()) + timeoutMs;
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
