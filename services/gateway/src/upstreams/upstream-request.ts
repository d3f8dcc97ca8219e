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
  /**
   * The service limits the number of these requests. Their outcome says nothing about other requests, so it does not
   * change the breaker.
   */
  rationed?: boolean;
  /**
   * The service may refuse the request with 503 for its own reasons, so the outcome does not change the breaker. Unlike
   * a `rationed` request, it has no separate limit.
   */
  unjudged?: boolean;
}

/** Returns path and query in origin form. A client may send another form of the target (RFC 9112 § 3.2). */
export function targetOf({ originalUrl }: Request): string {
  const fragmentAt = originalUrl.indexOf('#');
  return fragmentAt < 0 ? originalUrl : originalUrl.slice(0, fragmentAt);
}

/**
 * Returns the body for a service. `refuseMalformed` has checked the limits and waited for the complete body. So one
 * read returns the whole body, and the gateway can send the body twice. The body of a GET or HEAD has no meaning (RFC
 * 9110 § 9.3.1) and is not forwarded.
 */
export function passedOnBody(req: Request): Buffer | null {
  const { method, headers } = req;
  if (method === 'GET' || method === 'HEAD') return null;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  return hasNone ? null : ((req.read() as Buffer | null) ?? Buffer.alloc(0));
}
