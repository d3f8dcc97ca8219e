import { IDENTITY_HEADER, type IdentityIssuer } from '@mainstay/identity';
import { currentContext, noteUpstreamTime } from '@mainstay/logging';
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
}

/** For the current caller, and until `timeoutMs` after the request's arrival. */
export function hopOf(req: Request, res: Response, timeoutMs: number): Hop {
  return { req, session: currentSession(req), deadline: startDeadline(req, res, timeoutMs) };
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

/** Headers that the gateway sends to a service in addition to the request's. */
export async function hopHeaders(
  { req, session, deadline }: Hop,
  { audience, identity }: { audience: UpstreamName; identity: IdentityIssuer },
): Promise<Record<string, string>> {
  const context = currentContext();
  const caller = session && { userId: session.userId, sessionId: session.id };
  return {
    [IDENTITY_HEADER]: await identity.issue({ audience, ...caller }),
    [DEADLINE_HEADER]: String(deadline.remainingMs()),
    forwarded: forwardedFor(req),
    ...(context?.requestId !== undefined && { 'x-request-id': context.requestId }),
    ...(context && { traceparent: context.traceparent }),
  };
}

/** RFC 7239. Address and scheme are those that TRUST_PROXY lets Express trust, never a client's claim. */
function forwardedFor(req: Request): string {
  const address = req.ip ?? 'unknown';
  const node = address.includes(':') ? `"[${address}]"` : address;
  const host = /^[\w.:[\]-]{1,255}$/.test(req.headers.host ?? '') ? `;host="${req.headers.host}"` : '';
  return `for=${node};proto=${req.protocol}${host}`;
}
