import type { Request, RequestHandler } from 'express';

const arrival = Symbol('when the whole request had arrived');
type WithArrival = Request & { [arrival]?: number };

/**
 * Records the time at which the whole request had arrived. This middleware must come first, because the deadline
 * includes the time for sessions and limits. The deadline does not include the time in which the client sent the
 * request.
 */
export function noteArrival(): RequestHandler {
  return (req, _res, next) => {
    (req as WithArrival)[arrival] = performance.now();
    next();
  };
}

/** Time at which the whole request had arrived, from `performance.now()`. */
export function arrivedAtMs(req: Request): number {
  return (req as WithArrival)[arrival] ?? performance.now();
}
