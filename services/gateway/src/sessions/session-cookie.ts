import type { Log } from '@mainstay/logging';
import type { Request, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import session from 'express-session';
import { cookieNameOf, cookieNames, cookieOptions, cookieValues } from '../intake/cookies.js';
import { addCookiesLast, withdrawCookie, writeFormerCookie, type Signing } from './cookies-of-reply.js';
import { currentSession, setCurrentSession } from '../intake/current-session.js';
import { newSecretId } from './session-mac.js';
import { unboundSessionsOf, type RevocableSessionStore } from './session-store.js';
import { unsignCookie } from '../intake/signed-cookie.js';
import { warnOfPlainCookies } from './warn-of-plain-cookies.js';

export interface SessionCookieOptions extends Signing {
  store: RevocableSessionStore;
  log: Pick<Log, 'warn'>;
}

/** Stands before the routes that open a session, registration and sign-in: there `req.session` exists, and the reply carries the new session's cookie. */
export function sessionCookie({ store, log, ...signing }: SessionCookieOptions): RequestHandler[] {
  const { secrets, maxAge } = signing;
  const common = { secret: [...secrets], genid: newSecretId, resave: false, saveUninitialized: false };
  // The server ends a session that is idle; the cookie only has to last as long as any session can.
  const cookie = { ...cookieOptions, maxAge };
  const bound = session({
    ...common,
    name: cookieNames.bound,
    store,
    cookie: { ...cookie, secure: true },
  });
  const plain = session({
    ...common,
    name: cookieNames.plain,
    store: unboundSessionsOf(store),
    cookie: { ...cookie, secure: false },
  });
  return [
    addCookiesLast(),
    followNewSession({ ...signing, warn: warnOfPlainCookies(log) }),
    (req, res, next) => void (req.secure ? bound : plain)(req, res, next),
  ];
}

/** What goes with the cookie of a session that this request opened: the cookie under its former name, or a warning. */
function followNewSession({ warn, ...signing }: Signing & { warn: (req: Request) => void }): RequestHandler {
  return (req, res, next) => {
    onHeaders(res, () => {
      const current = currentSession(req);
      const sent = cookieValues(req, cookieNameOf(req)).map((value) => unsignCookie(value, signing.secrets));
      if (!current || sent.includes(current.sid)) return;
      withdrawCookie(res, cookieNameOf(req));
      if (req.secure) writeFormerCookie(res, current.sid, signing);
      else warn(req);
    });
    next();
  };
}

/** After a session has gone from Redis: the request belongs to nobody, and its reply takes the cookie back. */
export function forgetSession(req: Request, res: Response): void {
  setCurrentSession(req, undefined);
  const names = req.secure ? [cookieNames.bound, cookieNames.plain] : [cookieNames.plain];
  for (const name of names) {
    withdrawCookie(res, name);
    res.clearCookie(name, { ...cookieOptions, secure: req.secure });
  }
}
