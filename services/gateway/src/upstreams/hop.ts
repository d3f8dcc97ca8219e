import { IDENTITY_HEADER, type IdentityIssuer } from '@mainstay/identity';
import { currentContext, noteUpstreamTime, type RequestContext } from '@mainstay/logging';
import { DEADLINE_HEADER } from '@mainstay/service';
import type { Request, Response } from 'express';
import type { UpstreamName } from '../routes.js';
import { currentSession, type CurrentSession } from '../intake/current-session.js';
import { startDeadline, type Deadline } from './deadline.js';

/** A request from the gateway to a service, on behalf of a client. */
export interface Hop {
  req: Request;
  /** Session of the user. If undefined, the identity token names no user. */
  session: CurrentSession | undefined;
  deadline: Deadline;
  /** Removes the time limit. Call this when the response has begun. */
  lift: () => void;
}

/** Makes a hop for the current caller. Its deadline ends `timeoutMs` after the arrival of the request. */
export function hopOf(req: Request, res: Response, timeoutMs: number): Hop {
  return { req, session: currentSession(req), ...startDeadline(req, res, timeoutMs) };
}

/** Adds the duration of `reply` to the request's log line. */
export async function timed<Reply>({ req }: Hop, reply: Promise<Reply>): Promise<Reply> {
  const beganMs = performance.now();
  try {
    return await reply;
  } finally {
    noteUpstreamTime(req, performance.now() - beganMs);
  }
}

/** Issues an identity token for `audience`. Returns the gateway's own headers as alternating names and values. */
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

/** Adds identity token, deadline, client address and request id to `headers`, as alternating names and values. */
export function addHopHeaders(headers: string[], req: Request, { token, remainingMs, context }: HopFacts): void {
  headers.push(IDENTITY_HEADER, token, DEADLINE_HEADER, String(remainingMs), 'forwarded', forwardedFor(req));
  if (context?.requestId !== undefined) headers.push('x-request-id', context.requestId);
}

const plainHost = /^[\w.:[\]-]{1,255}$/;

/**
 * Returns the value of the Forwarded header (RFC 7239). Address and scheme come from Express, which trusts only the
 * proxies in TRUST_PROXY.
 */
function forwardedFor(req: Request): string {
  const address = req.ip ?? 'unknown';
  const node = address.includes(':') ? `"[${address}]"` : address;
  const host = plainHost.test(req.headers.host ?? '') ? `;host="${req.headers.host}"` : '';
  return `for=${node};proto=${req.protocol}${host}`;
}
