import type { Request } from 'express';
import type { Method } from '../routes.js';
import type { Deadline } from './deadline.js';

/** A request to a service, complete. */
export interface UpstreamRequest {
  method: Method | 'HEAD';
  /** Path and query for the service. */
  path: string;
  /** The path's pattern, which names its span. */
  template?: string;
  /** Alternating names and values. */
  headers: string[];
  /** Continues the trace, if it is not recorded by a span of its own. */
  traceparent?: string | undefined;
  /** The complete body: it is sent together with the head. */
  body: Buffer | null;
  /** Ends the request early. */
  deadline: Deadline;
  /** The request may be sent a second time without a second effect. */
  repeatable: boolean;
  /** The request has been sent before. */
  isRepeat?: boolean;
  /** Its reply has no end: it takes its own connection for as long as it lasts. */
  feed?: boolean;
  /**
   * The service bounds how many of these run. Their outcome says nothing about other requests, so it never moves the
   * breaker.
   */
  rationed?: boolean;
  /**
   * The service may refuse it with 503 for its own reasons, like a rationed one, but it has no separate places here.
   */
  unjudged?: boolean;
}

/** Path and query in the form that an origin server reads, whatever form the client used (RFC 9112, 3.2). */
export function targetOf({ originalUrl }: Request): string {
  const fragmentAt = originalUrl.indexOf('#');
  return fragmentAt < 0 ? originalUrl : originalUrl.slice(0, fragmentAt);
}

/**
 * The body for a service. It had arrived completely, and within its limits, before the app saw the request
 * (`refuseMalformed`), so one read takes all of it, and it can be sent twice. The body of a GET or HEAD has no meaning
 * (RFC 9110 § 9.3.1) and is not passed on.
 */
export function passedOnBody(req: Request): Buffer | null {
  const { method, headers } = req;
  if (method === 'GET' || method === 'HEAD') return null;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  return hasNone ? null : ((req.read() as Buffer | null) ?? Buffer.alloc(0));
}
