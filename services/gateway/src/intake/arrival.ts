import type { Request, RequestHandler } from 'express';

const arrival = Symbol('when the whole request had arrived');
type WithArrival = Request & { [arrival]?: number };

/** Records when the whole request had arrived, because its deadline starts then. Mount it before sessions and limits. */
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
