import type { Request, Response } from 'express';
import { cookieOptions, cookieValues } from '../intake/cookies.js';
import type { SessionCookie } from '../intake/session-cookie.js';
import { appendCookie } from './cookies-of-reply.js';
import type { RevocableSessionStore } from './session-store.js';

/** Whether `adoptFormerCookie` has something to do: a request over TLS has the former cookie only. */
export function hasFormerCookie(req: Request, { names }: SessionCookie): boolean {
  return req.secure && cookieValues(req, names.bound).length === 0 && cookieValues(req, names.plain).length > 0;
}

/**
 * On a request over TLS, moves a session whose cookie still has the former name, without the prefix, to a new secret
 * id and the name with the prefix. The former name counts only if there is no cookie with the prefix, and only for
 * sessions that were opened without one: those of release 0.1.0. The last of them ends SESSION_ABSOLUTE_S after the
 * update, and then the former name is ignored. The former id stays valid for an hour, for concurrent requests, and
 * for a client that lost the reply.
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
