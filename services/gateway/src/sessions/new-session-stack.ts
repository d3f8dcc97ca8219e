import type { Log } from '@mainstay/logging';
import type { Request, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import session from 'express-session';
import { cookieOptions, cookieValues } from '../intake/cookies.js';
import { currentSession, setCurrentSession } from '../intake/current-session.js';
import type { SessionCookie } from '../intake/session-cookie.js';
import { addCookiesLast, withdrawCookie, writeFormerCookie } from './cookies-of-reply.js';
import { newSecretId } from './session-mac.js';
import { unboundSessionsOf, type RevocableSessionStore } from './session-store.js';
import { warnOfPlainCookies } from './warn-of-plain-cookies.js';

export interface NewSessionStackOptions {
  cookie: SessionCookie;
  store: RevocableSessionStore;
  log: Pick<Log, 'warn'>;
}

/** Middlewares for registration and sign-in. They add `req.session` and set the cookie of the new session. */
export function newSessionStack({ cookie, store, log }: NewSessionStackOptions): RequestHandler[] {
  const { names, maxAgeMs: maxAge } = cookie;
  const common = { secret: [...cookie.secrets], genid: newSecretId, resave: false, saveUninitialized: false };
  const bound = session({
    ...common,
    name: names.bound,
    store,
    cookie: { ...cookieOptions, maxAge, secure: true },
  });
  const plain = session({
    ...common,
    name: names.plain,
    store: unboundSessionsOf(store),
    cookie: { ...cookieOptions, maxAge, secure: false },
  });
  return [
    addCookiesLast(),
    followNewSession(cookie, warnOfPlainCookies(log)),
    (req, res, next) => void (req.secure ? bound : plain)(req, res, next),
  ];
}

function followNewSession(cookie: SessionCookie, warn: (req: Request) => void): RequestHandler {
  return (req, res, next) => {
    onHeaders(res, () => {
      const current = currentSession(req);
      const name = cookie.nameOf(req);
      const sent = cookieValues(req, name).map(cookie.unsign);
      if (!current || sent.includes(current.sid)) return;
      withdrawCookie(res, name);
      if (req.secure) writeFormerCookie(res, current.sid, cookie);
      else warn(req);
    });
    next();
  };
}

/** Makes the request anonymous and removes the cookie from the browser. Call it after the session has ended in Redis. */
export function forgetSession(req: Request, res: Response, { names: { bound, plain } }: SessionCookie): void {
  setCurrentSession(req, undefined);
  for (const name of req.secure ? [bound, plain] : [plain]) {
    withdrawCookie(res, name);
    res.clearCookie(name, { ...cookieOptions, secure: req.secure });
  }
}
