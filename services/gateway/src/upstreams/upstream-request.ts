import type { Request } from 'express';
import type { Method } from '../routes.js';
import type { Deadline } from './deadline.js';

export interface UpstreamRequest {
  method: Method | 'HEAD';
  /** Path and query for the service. */
  path: string;
  /** The pattern of the path. It names the span of the request. */
  template?: string;
  /** Alternating names and values. */
  headers: string[];
  /** Continues the trace if no span is recorded for this request. */
  traceparent?: string | undefined;
  /** The complete body. undici sends it together with the head. */
  body: Buffer | null;
  deadline: Deadline;
  /** True if a second attempt has no second effect. */
  repeatable: boolean;
  /** True for the second attempt. */
  isRepeat?: boolean;
  /** The response does not end by itself. It uses its own connection while it is open. */
  feed?: boolean;
  /** This request has a separate limit, and its outcome does not change the breaker. */
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
