import { problemReply, unknownRoute } from '@mainstay/errors';
import { currentContext, type Log } from '@mainstay/logging';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/**
 * The last handlers of every app: 404 for paths without a route, and problem+json with the ids of the request for
 * errors. Server errors are logged: as `warn` if a store caused the refusal, otherwise as `error`.
 */
export function problemReplies(log: Pick<Log, 'warn' | 'error'>): (RequestHandler | ErrorRequestHandler)[] {
  return [
    unknownRoute(),
    problemReply({
      requestId: () => currentContext()?.requestId ?? 'unknown',
      traceId: () => currentContext()?.traceId,
      // A refusal because of an outage is a warning, because readiness and metrics already report the outage. Any other
      // server error is a bug.
      report: (error) => {
        if (error.code === 'internal') log.error('request failed', { error });
        else log.warn('request refused', { error });
      },
    }),
  ];
}
