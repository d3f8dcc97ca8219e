import { problemReply, unknownRoute } from '@mainstay/errors';
import { currentContext, type Log } from '@mainstay/logging';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/**
 * The last handlers of every app: 404 for paths without a route, and problem+json with the ids of the request for
 * errors. Server errors are logged: a refusal because of a store as `warn`, a failure as `error`.
 */
export function problemReplies(log: Pick<Log, 'warn' | 'error'>): (RequestHandler | ErrorRequestHandler)[] {
  return [
    unknownRoute(),
    problemReply({
      requestId: () => currentContext()?.requestId ?? 'unknown',
      traceId: () => currentContext()?.traceId,
      // An outage of a store or service is reported elsewhere (readiness, breaker, metrics); here it is only the reason
      // of this refusal. Any other failure is a bug.
      report: (error) => {
        if (error.code === 'internal') log.error('request failed', { error });
        else log.warn('request refused', { error });
      },
    }),
  ];
}
