import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

/** Contains how long the caller still waits. A point in time would be wrong, because the machines' clocks differ. */
export const DEADLINE_HEADER = 'mainstay-deadline-ms';

const DEADLINE_MS_MAX = 120_000;

/**
 * Responds with 504 `deadline_exceeded` after the caller's deadline, or after `defaultMs`. A reply that has begun can
 * finish.
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

/** Returns the deadline of the request, in the time of `performance.now()`, or undefined. */
export function deadlineOf(req: Request): number | undefined {
  return req.res?.locals.deadlineMs as number | undefined;
}
