import type { Request, RequestHandler, Response } from 'express';
import type { Log } from './create-logger.js';
import { currentContext, withContext, type RequestContext } from './request-context.js';

/** The outcome of a request, as the access log shows it. */
export interface RequestOutcome {
  method: string;
  /** The route's pattern, or `unmatched`. */
  route: string;
  status: number;
  /** True if the client left before the end of the reply. */
  aborted: boolean;
  durationMs: number;
  /** Bytes of the reply on the connection, including headers. */
  bytes: number;
  /** The time that the request waited for services. 0 if no service was called. */
  upstreamMs: number;
}

/** Logs one line per request, when the reply has been sent or the client has left. */
export function requestLog(log: Pick<Log, 'info' | 'warn'>): RequestHandler {
  return (req, res, next) => {
    const context = currentContext();
    const startedMs = performance.now();
    const { socket } = req;
    const bytesBefore = socket.bytesWritten;
    res.once('close', () => {
      const { path = 'unmatched' } = (req.route as { path?: string | string[] } | undefined) ?? {};
      logRequest(log, context, {
        method: req.method,
        route: String(path),
        status: res.statusCode,
        aborted: !res.writableFinished,
        durationMs: performance.now() - startedMs,
        bytes: socket.bytesWritten - bytesBefore,
        upstreamMs: upstreamMsOf(res),
      });
    });
    next();
  };
}

/** Writes the log line of a request. A status of 500 or above is a warning. */
export function logRequest(
  log: Pick<Log, 'info' | 'warn'>,
  context: Readonly<RequestContext> | undefined,
  { durationMs, bytes, upstreamMs, ...outcome }: RequestOutcome,
): void {
  const fields = {
    ...outcome,
    durationMs: rounded(durationMs),
    bytes,
    ...(upstreamMs > 0 && { upstreamMs: rounded(upstreamMs) }),
  };
  withContext(context, () => {
    log[outcome.status >= 500 ? 'warn' : 'info'](`${outcome.method} ${outcome.route}`, fields);
  });
}

/** Adds a wait for a service to `upstreamMs`. */
export function noteUpstreamTime({ res }: Request, durationMs: number): void {
  if (res) res.locals.upstreamMs = upstreamMsOf(res) + durationMs;
}

const upstreamMsOf = (res: Response): number => (res.locals as { upstreamMs?: number }).upstreamMs ?? 0;
const rounded = (ms: number): number => Math.round(ms * 10) / 10;
