import type { CookieOptions, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import { cookieOptions } from '../intake/cookies.js';
import type { SessionCookie } from '../intake/session-cookie.js';

interface Locals {
  cookiesLast?: [name: string, value: string, options: CookieOptions][];
}

/**
 * Appends the cookies of `appendCookie` after the session cookie, because a simple client takes the first one. It must precede the session
 * middleware, because header listeners run in the opposite order.
 */
export function addCookiesLast(): RequestHandler {
  return (_req, res, next) => {
    cookiesLastOf(res);
    next();
  };
}

/** Sets a cookie after the session's own. */
export function appendCookie(res: Response, name: string, value: string, options: CookieOptions): void {
  withdrawCookie(res, name);
  cookiesLastOf(res).push([name, value, options]);
}

/** Removes a pending cookie of this name that an earlier session set. */
export function withdrawCookie(res: Response, name: string): void {
  const locals = res.locals as Locals;
  if (locals.cookiesLast) locals.cookiesLast = locals.cookiesLast.filter(([known]) => known !== name);
}

/**
 * Over TLS, sets the session's cookie under its former name too, so that a gateway of release 0.1.0 knows it: during
 * a rolling update, or after a rollback. This release never accepts that cookie, because the session is bound to the
 * name with the prefix. Remove this with the release after 1.0.0.
 */
export function writeFormerCookie(res: Response, sid: string, { names, sign, maxAgeMs: maxAge }: SessionCookie): void {
  appendCookie(res, names.plain, sign(sid), { ...cookieOptions, secure: true, maxAge });
}

function cookiesLastOf(res: Response): NonNullable<Locals['cookiesLast']> {
  const locals = res.locals as Locals;
  if (locals.cookiesLast) return locals.cookiesLast;
  onHeaders(res, () => {
    for (const cookie of locals.cookiesLast ?? []) res.cookie(...cookie);
  });
  return (locals.cookiesLast = []);
}
