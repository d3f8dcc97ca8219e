import type { Request } from 'express';
import type { Method } from '../routes.js';
import type { Deadline } from './deadline.js';

export interface UpstreamRequest {
  method: Method | 'HEAD';
  /** Path and query for the service. */
  path: string;
  /** Name of the span: the pattern of the path, for example `/v1/accounts/:accountId`. */
  template?: string;
  /** Names and values in turn: `['accept', 'text/csv']`. */
  headers: string[];
  /** The trace header for the service, if the gateway records no span. */
  traceparent?: string | undefined;
  /** The complete body, or null for a request without a body. */
  body: Buffer | null;
  deadline: Deadline;
  /** True if the gateway may retry the request: GET, HEAD, or POST with an idempotency key. */
  repeatable: boolean;
  /** True for the second attempt. */
  isRepeat?: boolean;
  /** Like `feed` in the route table. */
  feed?: boolean;
  /** Like `rationed` in the route table. */
  rationed?: boolean;
  /** A 503 can be normal for this request, so the circuit breaker ignores its outcome. */
  unjudged?: boolean;
}

/** Returns path and query, without a fragment. */
export function targetOf({ originalUrl }: Request): string {
  const fragmentAt = originalUrl.indexOf('#');
  return fragmentAt < 0 ? originalUrl : originalUrl.slice(0, fragmentAt);
}

/** Returns null for a request without a body. */
export function passedOnBody(req: Request): Buffer | null {
  const { method, headers } = req;
  if (method === 'GET' || method === 'HEAD') return null;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  // `refuseMalformed` has waited for the complete body, so one `read` returns everything.
  return hasNone ? null : ((req.read() as Buffer | null) ?? Buffer.alloc(0));
}
