import type { CookieOptions, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';

interface Locals {
  cookiesLast?: [name: string, value: string, options: CookieOptions][];
}

/**
 * Sets the cookies of `appendCookie` behind the session's own: a simple client takes the first one. It stands first: the listeners of the headers are called
 * in the opposite order.
 */
export function addCookiesLast(): RequestHandler {
  return (_req, res, next) => {
    onHeaders(res, () => {
      for (const cookie of (res.locals as Locals).cookiesLast ?? []) res.cookie(...cookie);
    });
    next();
  };
}

/** Sets a cookie behind the session's own. */
export function appendCookie(res: Response, name: string, value: string, options: CookieOptions): void {
  withdrawCookie(res, name);
  (res.locals as Locals).cookiesLast?.push([name, value, options]);
}

/** Takes back what was to be set under this name, for a session before. */
export function withdrawCookie(res: Response, name: string): void {
  const locals = res.locals as Locals;
  locals.cookiesLast = (locals.cookiesLast ?? []).filter(([known]) => known !== name);
}
