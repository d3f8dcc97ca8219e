import type { Request, RequestHandler } from 'express';

const arrival = Symbol('when the whole request had arrived');
type WithArrival = Request & { [arrival]?: number };

/**
 * Records when the whole request had arrived. It is first in the app: the deadline includes the time for sessions and
 * limits, but not the time that the client took to send.
 */
export function noteArrival(): RequestHandler {
  return (req, _res, next) => {
    (req as WithArrival)[arrival] = performance.now();
    next();
  };
}

/** When the whole request had arrived, on the clock of `performance.now()`. */
export function arrivedAtMs(req: Request): number {
  return (req as WithArrival)[arrival] ?? performance.now();
}
