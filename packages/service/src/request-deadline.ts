import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

/** Milliseconds that the caller still waits. A duration, not an instant, because clocks of two machines differ. */
export const DEADLINE_HEADER = 'mainstay-deadline-ms';

const DEADLINE_MS_MAX = 120_000;

/**
 * Responds with 504 `deadline_exceeded` when a request takes longer than its caller waits (two minutes at most), or
 * longer than `defaultMs` if the caller does not say. A reply that has begun in time may finish: streams have no
 * deadline.
 */
export function requestDeadline({ defaultMs }: { defaultMs: number }): RequestHandler {
  return (req, res, next) => {
    const asked = Number(req.headers[DEADLINE_HEADER]);
    const timeoutMs = Number.isFinite(asked) && asked > 0 ? Math.min(asked, DEADLINE_MS_MAX) : defaultMs;
    res.locals.deadlineMs = performance.now() + timeoutMs;
    const timer = setTimeout(() => {
      if (!res.headersSent) next(new AppError('deadline_exceeded', 'The request took too long.'));
    }, timeoutMs);
    res.once('close', () => clearTimeout(timer));
    next();
  };
}

/**
 * The end of the request's time, on the clock of `performance.now()`; undefined on a path without `requestDeadline`.
 */
export function deadlineOf(req: Request): number | undefined {
  return req.res?.locals.deadlineMs as number | undefined;
}
