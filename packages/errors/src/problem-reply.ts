import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { AppError } from './app-error.js';
import { asAppError, problemMediaType, problemOf } from './problem.js';

export interface ProblemReplyOptions {
  /** The id of the request in hand, for the body. */
  requestId: (req: Request) => string;
  /** The id of its trace, where there is one. */
  traceId?: () => string | undefined;
  /** Told of every error that is not the caller's (status ≥ 500), before the reply leaves. */
  report: (error: AppError, req: Request) => void;
}

/**
 * The last middleware of an app: turns whatever was thrown into problem+json.
 * A reply that has already begun cannot be taken back, so its connection is cut: the client sees a failure, never a short success.
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
    res.setHeader('content-type', problemMediaType);
    res.status(error.status).end(JSON.stringify(problemOf(error, requestId(req), traceId?.())));
  };
}

/** Answers what no route took: 404. */
export function unknownRoute(): RequestHandler {
  return (_req, _res, next) => {
    next(new AppError('not_found', 'There is nothing at this path.'));
  };
}

/** Answers a known path asked with another method: 405 with `Allow`. */
export function methodNotAllowed(allow: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    next(
      new AppError('method_not_allowed', `${req.method} is not allowed here.`, {
        headers: { allow: allow.join(', ') },
      }),
    );
  };
}
