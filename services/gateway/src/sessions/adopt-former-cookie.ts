import type { Request, Response } from 'express';
import { cookieNames, cookieOptions, cookieValues } from '../intake/cookies.js';
import { appendCookie, type Signing } from './cookies-of-reply.js';
import type { RevocableSessionStore } from './session-store.js';
import { signCookie, unsignCookie } from '../intake/signed-cookie.js';

/**
 * On a request over TLS, moves a session that still has its cookie under the former name, without the prefix, to a new secret id and the name with the prefix. The
 * former name counts only where there is no cookie with the prefix, and only for sessions that were opened without one: those of release 0.1.0. The
 * last of them ends SESSION_ABSOLUTE_S after the update, and then the former name means nothing any more.
 * The former id goes on for an hour, so that requests that are under way, and a client that lost the reply, stay signed in.
 */
export async function adoptFormerCookie(
  req: Request,
  res: Response,
  { store, secrets, maxAge }: Signing & { store: RevocableSessionStore },
): Promise<void> {
  const [value] = cookieValues(req, cookieNames.plain);
  if (value === undefined || cookieValues(req, cookieNames.bound).length > 0) return;
  const formerSid = unsignCookie(value, secrets);
  const sid = formerSid === undefined ? undefined : await store.bindToPrefix(formerSid);
  if (sid === undefined) return;
  const signed = signCookie(sid, secrets[0] ?? '');
  req.headers.cookie = `${req.headers.cookie}; ${cookieNames.bound}=${encodeURIComponent(signed)}`;
  for (const name of [cookieNames.bound, cookieNames.plain])
    appendCookie(res, name, signed, { ...cookieOptions, secure: true, maxAge });
}
