import { problemReply, unknownRoute } from '@mainstay/errors';
import { currentContext, type Log } from '@mainstay/logging';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/** The final handlers of every app. Unknown paths get 404, and errors get problem+json. */
export function problemReplies(log: Pick<Log, 'warn' | 'error'>): (RequestHandler | ErrorRequestHandler)[] {
  return [
    unknownRoute(),
    problemReply({
      requestId: () => currentContext()?.requestId ?? 'unknown',
      traceId: () => currentContext()?.traceId,
      // `internal` is a bug. An outage is only a warning, because metrics already report it.
      report: (error) => {
        if (error.code === 'internal') log.error('request failed', { error });
        else log.warn('request refused', { error });
      },
    }),
  ];
}
