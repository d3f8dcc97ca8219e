import { problemReply, unknownRoute } from '@mainstay/errors';
import { currentContext, type Log } from '@mainstay/logging';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/**
 * What stands last in every app: 404 for what no route took, and problem+json, under the ids of the request, for whatever was thrown.
 * What is not the caller's doing is logged: a refusal for want of a store as `warn`, a failure as `error`.
 */
export function problemReplies(log: Pick<Log, 'warn' | 'error'>): (RequestHandler | ErrorRequestHandler)[] {
  return [
    unknownRoute(),
    problemReply({
      requestId: () => currentContext()?.requestId ?? 'unknown',
      traceId: () => currentContext()?.traceId,
      // A store or a service that is away or slow is its own news, told by readiness, breaker and metrics; here it is only why this request was
      // refused. Whatever else fails is a mistake of ours.
      report: (error) => {
        if (error.code === 'internal') log.error('request failed', { error });
        else log.warn('request refused', { error });
      },
    }),
  ];
}
