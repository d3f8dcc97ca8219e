import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

/** Milliseconds that the caller still waits. A duration, not an instant, since clocks of two machines differ. */
export const deadlineHeader = 'mainstay-deadline-ms';

const deadlineMsMax = 120_000;

/**
 * Answers 504 `deadline_exceeded` when a request takes longer than its caller waits (two minutes at most), or than `defaultMs` where the
 * caller does not say. A reply that has begun in time may finish: streams have no deadline of their own.
 */
export function requestDeadline({ defaultMs }: { defaultMs: number }): RequestHandler {
  return (req, res, next) => {
    const asked = Number(req.headers[deadlineHeader]);
    const timeoutMs = Number.isFinite(asked) && asked > 0 ? Math.min(asked, deadlineMsMax) : defaultMs;
    res.locals.deadlineMs = performance.now() + timeoutMs;
    const timer = setTimeout(() => {
      if (!res.headersSent) next(new AppError('deadline_exceeded', 'The request took too long.'));
    }, timeoutMs);
    res.once('close', () => clearTimeout(timer));
    next();
  };
}

/** When the request's time is over, on the clock of `performance.now()`; undefined on a path without `requestDeadline`. */
export function deadlineOf(req: Request): number | undefined {
  return req.res?.locals.deadlineMs as number | undefined;
}
