import { problemReply, unknownRoute } from '@mainstay/errors';
import { currentContext, type Log } from '@mainstay/logging';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/**
 * What stands last in every app: 404 for what no route took, and problem+json, under the id of the request, for whatever was thrown.
 * Errors that are not the caller's are logged.
 */
export function problemReplies(log: Pick<Log, 'warn' | 'error'>): (RequestHandler | ErrorRequestHandler)[] {
  return [
    unknownRoute(),
    problemReply({
      requestId: () => currentContext()?.requestId ?? 'unknown',
      // A store or a service that is away is its own news, and readiness or the breaker tells it; here it is only why this request was refused.
      report: (error) => {
        if (error.code === 'unavailable') log.warn('request refused', { error });
        else log.error('request failed', { error });
      },
    }),
  ];
}
