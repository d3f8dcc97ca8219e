import type { CookieOptions, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import { cookieOptions } from '../intake/cookies.js';
import type { SessionCookie } from '../intake/session-cookie.js';

interface Locals {
  cookiesLast?: [name: string, value: string, options: CookieOptions][];
}

/**
 * Sends other cookies after the session cookie, because a simple client uses only the first cookie. Mount it before the
 * session middleware, because header listeners run in reverse order.
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

/** Undoes `appendCookie` for this name. */
export function withdrawCookie(res: Response, name: string): void {
  const locals = res.locals as Locals;
  if (locals.cookiesLast) locals.cookiesLast = locals.cookiesLast.filter(([known]) => known !== name);
}

/**
 * Sets the session cookie without the prefix `__Host-`, so that gateways of release 0.1.0 find the session. Remove this
 * function with the release after 1.0.0.
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
