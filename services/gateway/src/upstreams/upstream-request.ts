import type { Request } from 'express';
import type { Method } from '../routes.js';
import type { Deadline } from './deadline.js';

export interface UpstreamRequest {
  method: Method | 'HEAD';
  /** Path and query for the service. */
  path: string;
  /** The pattern of the path, for the name of the span. */
  template?: string;
  /** Alternating names and values. */
  headers: string[];
  /** Continues the trace if no span is recorded for this request. */
  traceparent?: string | undefined;
  /** The complete body, or null for a request without a body. */
  body: Buffer | null;
  deadline: Deadline;
  /** True if the gateway may retry the request: GET, HEAD, or POST with an idempotency key. */
  repeatable: boolean;
  /** True for the second attempt. */
  isRepeat?: boolean;
  /** True for a live feed, whose response does not end by itself. */
  feed?: boolean;
  /** True for slow requests. They have a separate limit, and their outcomes do not change the breaker. */
  rationed?: boolean;
  /** A 503 can be normal for this request, so its outcome does not change the breaker. */
  unjudged?: boolean;
}

/** Returns path and query, without a fragment. */
export function targetOf({ originalUrl }: Request): string {
  const fragmentAt = originalUrl.indexOf('#');
  return fragmentAt < 0 ? originalUrl : originalUrl.slice(0, fragmentAt);
}

/**
 * Returns the body for a service, or null for GET and HEAD. `refuseMalformed` has waited for the complete body, so one
 * read returns everything.
 */
export function passedOnBody(req: Request): Buffer | null {
  const { method, headers } = req;
  if (method === 'GET' || method === 'HEAD') return null;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  return hasNone ? null : ((req.read() as Buffer | null) ?? Buffer.alloc(0));
}
