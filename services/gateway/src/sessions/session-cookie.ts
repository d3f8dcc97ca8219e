import { setContextUser, type Log } from '@mainstay/logging';
import type { Request, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import session from 'express-session';
import { adoptFormerCookie } from './adopt-former-cookie.js';
import { cookieNameOf, cookieNames, cookieOptions, cookieValues } from './cookies.js';
import { addCookiesLast, appendCookie, withdrawCookie } from './cookies-of-reply.js';
import { currentSession } from './current-session.js';
import { newSecretId } from './session-mac.js';
import { unboundSessionsOf, type RevocableSessionStore } from './session-store.js';
import { signCookie, unsignCookie } from './signed-cookie.js';
import { warnOfPlainCookies } from './warn-of-plain-cookies.js';

export interface SessionCookieOptions {
  store: RevocableSessionStore;
  /** The first signs, all verify. */
  secrets: string[];
  absoluteS: number;
  log: Pick<Log, 'warn'>;
}

/**
 * Reads the session that the cookie names, after which `currentSession(req)` says who is calling. A cookie whose signature is wrong counts as
 * no cookie, without asking Redis; so do two that differ. One that a former secret signed is set anew, so that after SESSION_IDLE_S nobody needs
 * that secret any more. @throws AppError unavailable for a signed cookie while Redis does not answer
 */
export function sessionCookie({ store, secrets, absoluteS, log }: SessionCookieOptions): RequestHandler[] {
  const maxAge = absoluteS * 1000;
  const common = { secret: secrets, genid: newSecretId, resave: false, saveUninitialized: false };
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
    followNewSession({ secrets, maxAge, warn: warnOfPlainCookies(log) }),
    dropAmbiguousCookies(),
    adoptFormerCookie({ store, secrets, maxAge }),
    (req, res, next) => void (req.secure ? bound : plain)(req, res, next),
    (req, _res, next) => {
      const current = currentSession(req);
      if (current) setContextUser(current.userId);
      next();
    },
    signAnew({ secrets, maxAge }),
  ];
}

/**
 * A neighbouring domain can plant a cookie without the prefix that browsers send before ours. Nobody can say which of two is ours, so neither is
 * believed: better signed out than signed in as somebody else.
 */
function dropAmbiguousCookies(): RequestHandler {
  return (req, _res, next) => {
    const names = req.secure ? [cookieNames.bound, cookieNames.plain] : [cookieNames.plain];
    // Over TLS the cookie with the prefix decides; the other one counts only where there is no such cookie.
    const deciding = names.find((name) => cookieValues(req, name).length > 0);
    if (deciding !== undefined && new Set(cookieValues(req, deciding)).size > 1) delete req.headers.cookie;
    next();
  };
}

/** Only with a reply that changes nothing: those that sign in or out set the cookie themselves. */
function signAnew({ secrets, maxAge }: Signing): RequestHandler {
  const [signing = '', ...former] = secrets;
  return (req, res, next) => {
    const current = currentSession(req);
    if (former.length === 0 || !current || (req.method !== 'GET' && req.method !== 'HEAD')) return next();
    const value = signCookie(current.sid, signing);
    if (!cookieValues(req, cookieNameOf(req)).includes(encodeURIComponent(value))) {
      appendCookie(res, cookieNameOf(req), value, { ...cookieOptions, secure: req.secure, maxAge });
      if (req.secure) writeFormerCookie(res, current.sid, { secrets, maxAge });
    }
    next();
  };
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

interface Signing {
  secrets: readonly string[];
  maxAge: number;
}

/**
 * Over TLS, sets the session's cookie under its former name too, so that a gateway of release 0.1.0 knows it: during a rolling update, or after a
 * rollback. This release never accepts that cookie, since the session is bound to the name with the prefix. Ends with the release after 1.0.0.
 */
function writeFormerCookie(res: Response, sid: string, { secrets, maxAge }: Signing): void {
  appendCookie(res, cookieNames.plain, signCookie(sid, secrets[0] ?? ''), { ...cookieOptions, secure: true, maxAge });
}

/** After a session has gone from Redis: forgets what would be saved at the request's end, and takes the cookie back. */
export function forgetSession(req: Request, res: Response): void {
  delete (req as Partial<Request>).session;
  const names = req.secure ? [cookieNames.bound, cookieNames.plain] : [cookieNames.plain];
  for (const name of names) {
    withdrawCookie(res, name);
    res.clearCookie(name, { ...cookieOptions, secure: req.secure });
  }
}
