import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { AppError } from './app-error.js';
import { asAppError, PROBLEM_MEDIA_TYPE, problemOf } from './problem.js';

export interface ProblemReplyOptions {
  /** The id of the current request, for the reply's body. */
  requestId: (req: Request) => string;
  /** The trace id of the current request, if the request has a trace. */
  traceId?: () => string | undefined;
  /** Called for every server error (status ≥ 500), before the reply is sent. */
  report: (error: AppError, req: Request) => void;
}

/**
 * The last middleware of an app, which turns any thrown value into a problem+json reply. If the reply has already
 * begun, the middleware closes the connection.
 */
export function problemReply({ requestId, traceId, report }: ProblemReplyOptions): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error middleware by its four parameters
  return (thrown: unknown, req, res, _next) => {
    const error = asAppError(thrown);
    if (error.status >= 500) report(error, req);
    if (res.headersSent) {
      if (!res.writableEnded) res.destroy();
      return;
    }
    for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
    res.setHeader('cache-control', 'no-store');
    res.setHeader('content-type', PROBLEM_MEDIA_TYPE);
    res.status(error.status).end(JSON.stringify(problemOf(error, requestId(req), traceId?.())));
  };
}

/** Responds with 404 to a path without a route. */
export function unknownRoute(): RequestHandler {
  return (_req, _res, next) => {
    next(new AppError('not_found', 'This path does not exist.'));
  };
}

/** Responds with 405 and `Allow`, for a known path that does not accept the method. */
export function methodNotAllowed(allow: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    next(
      new AppError('method_not_allowed', `${req.method} is not allowed here.`, {
        headers: { allow: allow.join(', ') },
      }),
    );
  };
}
