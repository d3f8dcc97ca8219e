import { setContextUser } from '@mainstay/logging';
import type { Request, RequestHandler, Response } from 'express';
import { adoptFormerCookie } from './adopt-former-cookie.js';
import { cookieNameOf, cookieNames, cookieOptions, cookieValues } from '../intake/cookies.js';
import { appendCookie, writeFormerCookie, type Signing } from './cookies-of-reply.js';
import { currentSession, setCurrentSession } from '../intake/current-session.js';
import { createRecentSessions, type FoundSession } from './recent-sessions.js';
import type { RevocableSessionStore } from './session-store.js';
import { signCookie, unsignCookie } from '../intake/signed-cookie.js';

export interface ReadSessionOptions extends Signing {
  store: RevocableSessionStore;
  /** Whether a session may be one that was read a second ago: the request only reads, and a service answers it. */
  mayReuse: (req: Request) => boolean;
  wasRevoked: (sessionId: string) => boolean;
}

/**
 * Reads the session that the cookie names, after which `currentSession(req)` says who is calling. A cookie whose signature is wrong counts as
 * no cookie, without asking Redis; so do two that differ. One that a former secret signed is set anew, so that after SESSION_IDLE_S nobody needs
 * that secret any more. @throws AppError unavailable for a signed cookie while Redis does not answer
 */
export function readSession({ store, mayReuse, wasRevoked, ...signing }: ReadSessionOptions): RequestHandler {
  async function read(cookie: string): Promise<FoundSession | undefined> {
    const sid = unsignCookie(cookie, signing.secrets);
    const content = sid === undefined ? undefined : await store.find(sid);
    return sid !== undefined && content?.userId ? { sid, content } : undefined;
  }
  const recent = createRecentSessions({ read, wasRevoked });

  return async (req, res, next) => {
    dropAmbiguousCookies(req);
    if (req.secure) await adoptFormerCookie(req, res, { store, ...signing });
    const [cookie] = cookieValues(req, cookieNameOf(req));
    const found = cookie === undefined ? undefined : await (mayReuse(req) ? recent.find(cookie) : read(cookie));
    // A cookie without the prefix may name only sessions that were opened without one.
    if (found && (req.secure || !found.content.isBound)) {
      const { sid, content } = found;
      setCurrentSession(req, { userId: content.userId, id: content.sessionId, sid });
      setContextUser(content.userId);
      store.noteUse(sid, content);
      signAnew(req, res, signing);
    }
    next();
  };
}

/**
 * A neighbouring domain can plant a cookie without the prefix that browsers send before ours. Nobody can say which of two is ours, so neither is
 * believed: better signed out than signed in as somebody else.
 */
function dropAmbiguousCookies(req: Request): void {
  const names = req.secure ? [cookieNames.bound, cookieNames.plain] : [cookieNames.plain];
  // Over TLS the cookie with the prefix decides; the other one counts only where there is no such cookie.
  for (const name of names) {
    const values = cookieValues(req, name);
    if (values.some((value) => value !== values[0])) delete req.headers.cookie;
    if (values.length > 0) return;
  }
}

/** Only with a reply that changes nothing: those that sign in or out set the cookie themselves. */
function signAnew(req: Request, res: Response, { secrets, maxAge }: Signing): void {
  const [signing = '', ...former] = secrets;
  const current = currentSession(req);
  if (former.length === 0 || !current || (req.method !== 'GET' && req.method !== 'HEAD')) return;
  const value = signCookie(current.sid, signing);
  if (cookieValues(req, cookieNameOf(req)).includes(encodeURIComponent(value))) return;
  appendCookie(res, cookieNameOf(req), value, { ...cookieOptions, secure: req.secure, maxAge });
  if (req.secure) writeFormerCookie(res, current.sid, { secrets, maxAge });
}
