import { IDENTITY_HEADER, type IdentityIssuer } from '@mainstay/identity';
import { currentContext, noteUpstreamTime, type RequestContext } from '@mainstay/logging';
import { DEADLINE_HEADER } from '@mainstay/service';
import type { Request, Response } from 'express';
import type { UpstreamName } from '../routes.js';
import { currentSession, type CurrentSession } from '../intake/current-session.js';
import { startDeadline, type Deadline } from './deadline.js';

/** One hop from a client's request to a service, whether the request is passed on or the gateway makes its own. */
export interface Hop {
  req: Request;
  /** The user; undefined makes an anonymous token. */
  session: CurrentSession | undefined;
  deadline: Deadline;
  /** The response has begun: from here on only a client that leaves ends the deadline. */
  lift: () => void;
}

/** A hop for the current caller. Its deadline is `timeoutMs` after the request's arrival. */
export function hopOf(req: Request, res: Response, timeoutMs: number): Hop {
  return { req, session: currentSession(req), ...startDeadline(req, res, timeoutMs) };
}

/**
 * Waits for a service's reply to begin, and records in the request's log line how long that took, including waits and
 * a second attempt.
 */
export async function timed<Reply>({ req }: Hop, reply: Promise<Reply>): Promise<Reply> {
  const beganMs = performance.now();
  try {
    return await reply;
  } finally {
    noteUpstreamTime(req, performance.now() - beganMs);
  }
}

/** `addHopHeaders` for a hop. */
export async function hopHeaders(
  { req, session, deadline }: Hop,
  { audience, identity }: { audience: UpstreamName; identity: IdentityIssuer },
): Promise<string[]> {
  const headers: string[] = [];
  const token = await identity.issue({ audience, userId: session?.userId, sessionId: session?.id });
  addHopHeaders(headers, req, { token, remainingMs: deadline.remainingMs(), context: currentContext() });
  return headers;
}

interface HopFacts {
  token: string;
  remainingMs: number;
  context: Readonly<RequestContext> | undefined;
}

/** Adds the gateway's own headers for a service to those of the request, as alternating names and values. */
export function addHopHeaders(headers: string[], req: Request, { token, remainingMs, context }: HopFacts): void {
  headers.push(IDENTITY_HEADER, token, DEADLINE_HEADER, String(remainingMs), 'forwarded', forwardedFor(req));
  if (context?.requestId !== undefined) headers.push('x-request-id', context.requestId);
}

const plainHost = /^[\w.:[\]-]{1,255}$/;

/** RFC 7239. Address and scheme are those that TRUST_PROXY lets Express trust, never a client's claim. */
function forwardedFor(req: Request): string {
  const address = req.ip ?? 'unknown';
  const node = address.includes(':') ? `"[${address}]"` : address;
  const host = plainHost.test(req.headers.host ?? '') ? `;host="${req.headers.host}"` : '';
  return `for=${node};proto=${req.protocol}${host}`;
}
