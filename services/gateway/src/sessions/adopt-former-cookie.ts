import type { RequestHandler } from 'express';
import { cookieNames, cookieOptions, cookieValues } from './cookies.js';
import { appendCookie } from './cookies-of-reply.js';
import type { RevocableSessionStore } from './session-store.js';
import { signCookie, unsignCookie } from './signed-cookie.js';

/**
 * Over TLS, moves a session that still has its cookie under the former name, without the prefix, to a new secret id and the name with the prefix. The
 * former name counts only where there is no cookie with the prefix, and only for sessions that were opened without one: those of release 0.1.0. The
 * last of them ends SESSION_ABSOLUTE_S after the update, and then the former name means nothing any more.
 * The former id goes on for an hour, so that requests that are under way, and a client that lost the reply, stay signed in.
 */
export function adoptFormerCookie({
  store,
  secrets,
  maxAge,
}: {
  store: RevocableSessionStore;
  secrets: readonly string[];
  maxAge: number;
}): RequestHandler {
  return async (req, res, next) => {
    const [value] = cookieValues(req, cookieNames.plain);
    if (!req.secure || value === undefined || cookieValues(req, cookieNames.bound).length > 0) return next();
    const formerSid = unsignCookie(value, secrets);
    const sid = formerSid === undefined ? undefined : await store.bindToPrefix(formerSid);
    if (sid === undefined) return next();
    const signed = signCookie(sid, secrets[0] ?? '');
    req.headers.cookie = `${req.headers.cookie}; ${cookieNames.bound}=${encodeURIComponent(signed)}`;
    for (const name of [cookieNames.bound, cookieNames.plain])
      appendCookie(res, name, signed, { ...cookieOptions, secure: true, maxAge });
    next();
  };
}
