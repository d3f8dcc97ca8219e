import { setContextUser } from '@mainstay/logging';
import type { CookieOptions, RequestHandler } from 'express';
import session from 'express-session';
import { currentSession } from './current-session.js';
import type { RevocableSessionStore } from './session-store.js';

const cookieName = 'mainstay.sid';

/** How the cookie is set and, with the same words, taken back. */
const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax' } as const;

export interface SessionCookieOptions {
  store: RevocableSessionStore;
  /** The first signs, all verify. */
  secrets: string[];
  absoluteS: number;
}

/**
 * Reads the session that the cookie names, after which `currentSession(req)` tells who is calling. A cookie whose signature is wrong
 * is none, without asking Redis. @throws AppError unavailable for a signed cookie while Redis does not answer
 */
export function sessionCookie({ store, secrets, absoluteS }: SessionCookieOptions): RequestHandler[] {
  return [
    session({
      name: cookieName,
      secret: secrets,
      store,
      resave: false,
      saveUninitialized: false,
      // The server ends a session that is idle; the cookie only has to last as long as any session can.
      cookie: { ...cookieOptions, secure: 'auto', maxAge: absoluteS * 1000 },
    }),
    (req, _res, next) => {
      const current = currentSession(req);
      if (current) setContextUser(current.userId);
      next();
    },
  ];
}

export function forgetCookie(
  res: { clearCookie(name: string, options: CookieOptions): unknown },
  secure: boolean,
): void {
  res.clearCookie(cookieName, { ...cookieOptions, secure });
}
