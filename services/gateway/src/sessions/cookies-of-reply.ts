import type { CookieOptions, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import { cookieOptions } from '../intake/cookies.js';
import type { SessionCookie } from '../intake/session-cookie.js';

interface Locals {
  cookiesLast?: [name: string, value: string, options: CookieOptions][];
}

/**
 * Adds the cookies of `appendCookie` after the session cookie, because a simple client uses the first cookie. This
 * middleware must come before the session middleware, because header listeners run in reverse order.
 */
export function addCookiesLast(): RequestHandler {
  return (_req, res, next) => {
    cookiesLastOf(res);
    next();
  };
}

/** Sets a cookie. Its Set-Cookie header comes after the header of the session cookie. */
export function appendCookie(res: Response, name: string, value: string, options: CookieOptions): void {
  withdrawCookie(res, name);
  cookiesLastOf(res).push([name, value, options]);
}

/** Removes a cookie with this name that `appendCookie` added. */
export function withdrawCookie(res: Response, name: string): void {
  const locals = res.locals as Locals;
  if (locals.cookiesLast) locals.cookiesLast = locals.cookiesLast.filter(([known]) => known !== name);
}

/**
 * Over TLS, also sets the session cookie under its former name, without the prefix `__Host-`. A gateway of release
 * 0.1.0 reads this name during a rolling update or after a rollback. This release does not accept the cookie, because
 * the session requires the name with the prefix. Remove this function with the release after 1.0.0.
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
