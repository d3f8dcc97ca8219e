import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

/**
 * The milliseconds that the caller will still wait. It is a duration and not a time of day, because the clocks of two
 * machines differ.
 */
export const DEADLINE_HEADER = 'mainstay-deadline-ms';

const DEADLINE_MS_MAX = 120_000;

/**
 * Responds with 504 `deadline_exceeded` when a request takes longer than its caller waits, at most two minutes. If the
 * caller sends no deadline, `defaultMs` applies. A reply that has begun in time may finish, so streams have no
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
 * Returns the time (of `performance.now()`) at which the request must end. Undefined on a path without
 * `requestDeadline`.
 */
export function deadlineOf(req: Request): number | undefined {
  return req.res?.locals.deadlineMs as number | undefined;
}
