import type { Request, RequestHandler, Response } from 'express';
import type { Log } from './create-logger.js';
import { currentContext, withContext } from './request-context.js';

/**
 * One line a request, when its reply has left or its client has: method, route pattern (`unmatched` without one), status,
 * durationMs, bytes, aborted. `bytes` are those on the wire, headers included. A reply of 500 and above is a warning.
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
          durationMs: Math.round((performance.now() - startedMs) * 10) / 10,
          bytes: socket.bytesWritten - bytesBefore,
        };
        log[fields.status >= 500 ? 'warn' : 'info'](`${fields.method} ${fields.route}`, fields);
      });
    });
    next();
  };
}

function outcomeOf(req: Request, res: Response) {
  const { path = 'unmatched' } = (req.route as { path?: string | string[] } | undefined) ?? {};
  return { method: req.method, route: String(path), status: res.statusCode, aborted: !res.writableFinished };
}
