import type { Request, Response } from 'express';
import { cookieOptions, cookieValues } from '../intake/cookies.js';
import type { SessionCookie } from '../intake/session-cookie.js';
import { appendCookie } from './cookies-of-reply.js';
import type { RevocableSessionStore } from './session-store.js';

/** True for a request over TLS whose only session cookie has no prefix `__Host-`. */
export function hasFormerCookie(req: Request, { names }: SessionCookie): boolean {
  return req.secure && cookieValues(req, names.bound).length === 0 && cookieValues(req, names.plain).length > 0;
}

/**
 * Replaces a session cookie without the prefix `__Host-`, for example from release 0.1.0. The replaced cookie is valid
 * for up to one more hour, because the client may not receive the response.
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
