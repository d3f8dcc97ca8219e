import type { Request, Response } from 'express';
import { cookieOptions, cookieValues } from '../intake/cookies.js';
import type { SessionCookie } from '../intake/session-cookie.js';
import { appendCookie } from './cookies-of-reply.js';
import type { RevocableSessionStore } from './session-store.js';

/**
 * True if a request over TLS has only a session cookie without the prefix `__Host-`. Then `adoptFormerCookie` must run.
 */
export function hasFormerCookie(req: Request, { names }: SessionCookie): boolean {
  return req.secure && cookieValues(req, names.bound).length === 0 && cookieValues(req, names.plain).length > 0;
}

/**
 * On a request over TLS, moves a session of release 0.1.0 to a new secret id, and sets a cookie with the prefix
 * `__Host-`. The former cookie, without the prefix, is accepted only for a session that was opened without the prefix.
 * The former id stays valid for an hour, for concurrent requests and for a client that did not receive the response.
 * After the update, the last session of release 0.1.0 ends within SESSION_ABSOLUTE_S.
 */
export async function adoptFormerCookie(
  req: Request,
  res: Response,
  { store, cookie }: { store: RevocableSessionStore; cookie: SessionCookie },
): Promise<void> {
  const { names, maxAgeMs: maxAge } = cookie;
  const [value = ''] = cookieValues(req, names.plain);
  const formerSid = cookie.unsign(value);
  const sid = formerSid === undefined ? undefined : await store.bindToPrefix(formerSid);
  if (sid === undefined) return;
  const signed = cookie.sign(sid);
  req.headers.cookie = `${req.headers.cookie}; ${names.bound}=${encodeURIComponent(signed)}`;
  for (const name of [names.bound, names.plain])
    appendCookie(res, name, signed, { ...cookieOptions, secure: true, maxAge });
}
