import type { Request } from 'express';
import type { Method } from '../routes.js';
import type { Deadline } from './deadline.js';

export interface UpstreamRequest {
  method: Method | 'HEAD';
  /** Path and query for the service. */
  path: string;
  /** Pattern of the path, for example `/v1/accounts/:accountId`. The name of the tracing span contains the pattern. */
  template?: string;
  /** Alternating header names and values, for example `['accept', 'text/csv']`. */
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
  /** True for a live feed, which is a response that does not end by itself. A feed uses separate connections. */
  feed?: boolean;
  /** True for a slow request. Slow requests have a separate limit, and the circuit breaker ignores their outcomes. */
  rationed?: boolean;
  /**
   * True if a 503 can be a normal response to this request. The circuit breaker then ignores the outcome of the
   * request.
   */
  unjudged?: boolean;
}

/** Returns path and query, without a fragment. */
export function targetOf({ originalUrl }: Request): string {
  const fragmentAt = originalUrl.indexOf('#');
  return fragmentAt < 0 ? originalUrl : originalUrl.slice(0, fragmentAt);
}

/** Returns the complete body of a request. Returns null for GET, for HEAD and for a request without a body. */
export function passedOnBody(req: Request): Buffer | null {
  const { method, headers } = req;
  if (method === 'GET' || method === 'HEAD') return null;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  // `refuseMalformed` has waited for the complete body, so one `read` returns everything.
  return hasNone ? null : ((req.read() as Buffer | null) ?? Buffer.alloc(0));
}
