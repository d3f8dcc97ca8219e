import { createHmac } from 'node:crypto';
import { setContextUser } from '@mainstay/logging';
import type { Request, RequestHandler, Response } from 'express';
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
 * is none, without asking Redis; so are two that differ. One that a former secret signed is set anew, so that after SESSION_IDLE_S nobody needs that
 * secret any more. @throws AppError unavailable for a signed cookie while Redis does not answer
 */
export function sessionCookie({ store, secrets, absoluteS }: SessionCookieOptions): RequestHandler[] {
  const maxAge = absoluteS * 1000;
  return [
    dropAmbiguousCookies(),
    session({
      name: cookieName,
      secret: secrets,
      store,
      resave: false,
      saveUninitialized: false,
      // The server ends a session that is idle; the cookie only has to last as long as any session can.
      cookie: { ...cookieOptions, secure: 'auto', maxAge },
    }),
    (req, _res, next) => {
      const current = currentSession(req);
      if (current) setContextUser(current.userId);
      next();
    },
    signAnew({ secrets, maxAge }),
  ];
}

/**
 * A neighbouring domain can plant a cookie that browsers send before ours. Which of two is ours nobody can tell, so neither is believed: better signed
 * out than signed in as somebody else.
 */
function dropAmbiguousCookies(): RequestHandler {
  return (req, _res, next) => {
    if (new Set(sessionCookiesOf(req)).size > 1) delete req.headers.cookie;
    next();
  };
}

/** Only with a reply that changes nothing: those that sign in or out set the cookie themselves. */
function signAnew({ secrets, maxAge }: { secrets: string[]; maxAge: number }): RequestHandler {
  const [signing = '', ...former] = secrets;
  return (req, res, next) => {
    const current = currentSession(req);
    if (former.length === 0 || !current || (req.method !== 'GET' && req.method !== 'HEAD')) return next();
    const signature = createHmac('sha256', signing).update(current.sid).digest('base64').replace(/=+$/, '');
    const value = `s:${current.sid}.${signature}`;
    if (!sessionCookiesOf(req).includes(encodeURIComponent(value))) {
      res.cookie(cookieName, value, { ...cookieOptions, secure: req.secure, maxAge });
    }
    next();
  };
}

function sessionCookiesOf({ headers }: Request): string[] {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${cookieName}=`)).map((pair) => pair.slice(cookieName.length + 1));
}

/** After a session has gone from Redis: forgets what would be saved at the request's end, and takes the cookie back. */
export function forgetSession(req: Request, res: Response): void {
  delete (req as Partial<Request>).session;
  res.clearCookie(cookieName, { ...cookieOptions, secure: req.secure });
}
