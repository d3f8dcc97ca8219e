import type { Request, RequestHandler, Response } from 'express';
import type { Log } from './create-logger.js';
import { currentContext, withContext } from './request-context.js';

/**
 * One line per request, when its reply or its client has left: method, route pattern (or `unmatched`), status,
 * durationMs, bytes, aborted, and upstreamMs if `noteUpstreamTime` was called. `bytes` are those on the wire, headers
 * included. A reply of 500 and above is a warning.
 */
export function requestLog(log: Pick<Log, 'info' | 'warn'>): RequestHandler {
  return (req, res, next) => {
    const context = currentContext();
    const startedMs = performance.now();
    const { socket } = req;
    const bytesBefore = socket.bytesWritten;
    res.once('close', () => {
      withContext(context, () => {
        const fields = {
          ...outcomeOf(req, res),
          durationMs: rounded(performance.now() - startedMs),
          bytes: socket.bytesWritten - bytesBefore,
          ...(upstreamMsOf(res) > 0 && { upstreamMs: rounded(upstreamMsOf(res)) }),
        };
        log[fields.status >= 500 ? 'warn' : 'info'](`${fields.method} ${fields.route}`, fields);
      });
    });
    next();
  };
}

/** The time that the services took until their replies began, added up. For the request's line in the log. */
export function noteUpstreamTime({ res }: Request, durationMs: number): void {
  if (res) res.locals.upstreamMs = upstreamMsOf(res) + durationMs;
}

const upstreamMsOf = (res: Response): number => (res.locals as { upstreamMs?: number }).upstreamMs ?? 0;
const rounded = (ms: number): number => Math.round(ms * 10) / 10;

function outcomeOf(req: Request, res: Response) {
  const { path = 'unmatched' } = (req.route as { path?: string | string[] } | undefined) ?? {};
  return { method: req.method, route: String(path), status: res.statusCode, aborted: !res.writableFinished };
}
