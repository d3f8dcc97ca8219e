import { setContextUser } from '@mainstay/logging';
import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { adoptFormerCookie, hasFormerCookie } from './adopt-former-cookie.js';
import { cookieOptions, cookieValues } from '../intake/cookies.js';
import type { SessionCookie } from '../intake/session-cookie.js';
import { appendCookie, writeFormerCookie } from './cookies-of-reply.js';
import { currentSession, setCurrentSession } from '../intake/current-session.js';
import { createRecentSessions, type FoundSession } from './recent-sessions.js';
import type { RevocableSessionStore } from './session-store.js';

export interface ReadSessionOptions {
  cookie: SessionCookie;
  store: RevocableSessionStore;
  wasRevoked: (sessionId: string) => boolean;
}

const VERIFIED_MAX = 10_000;

/**
 * Reads the session of the request, and sets `currentSession(req)`. If `mayReuse` is true, the gateway can use a
 * session that was read at most one second ago. `mayReuse` is true only for GET and HEAD requests that the gateway
 * forwards to a service.
 */
export type ReadSession = (req: Request, res: Response, mayReuse: boolean) => void | Promise<void>;

/**
 * Creates the function that reads sessions. A cookie with a wrong signature causes no call to Redis.
 * @throws AppError unavailable for a signed cookie while Redis does not respond
 */
export function createSessionReader({ cookie, store, wasRevoked }: ReadSessionOptions): ReadSession {
  /** The secret session ids in cookies whose signature was verified. The key is the value of the cookie. */
  const verified = new LRUCache<string, string>({ max: VERIFIED_MAX });

  function verify(value: string): string | undefined {
    const known = verified.get(value);
    if (known !== undefined) return known;
    const sid = cookie.unsign(value);
    if (sid !== undefined) verified.set(value, sid);
    return sid;
  }

  async function read(value: string): Promise<FoundSession | undefined> {
    const sid = verify(value);
    const content = sid === undefined ? undefined : await store.find(sid);
    return sid !== undefined && content?.userId ? { sid, content } : undefined;
  }
  const recent = createRecentSessions({ read, wasRevoked });

  function identify(req: Request, res: Response, found: FoundSession | undefined): void {
    // A session with `isBound` is valid only over TLS.
    if (!found || (found.content.isBound && !req.secure)) return;
    const { sid, content } = found;
    setCurrentSession(req, { userId: content.userId, id: content.sessionId, sid });
    setContextUser(content.userId);
    signAnew(req, res, cookie);
  }

  function readNamed(req: Request, res: Response, mayReuse: boolean): void | Promise<void> {
    const [value] = cookieValues(req, cookie.nameOf(req));
    if (value === undefined) return undefined;
    const known = mayReuse ? recent.known(value) : undefined;
    if (known) return identify(req, res, known);
    return (mayReuse ? recent.find(value) : read(value)).then((found) => {
      identify(req, res, found);
      const current = currentSession(req);
      if (found && current) store.noteUse(current.sid, found.content);
    });
  }

  return (req, res, mayReuse) => {
    if (req.headers.cookie === undefined) return undefined;
    dropAmbiguousCookies(req, cookie);
    if (!hasFormerCookie(req, cookie)) return readNamed(req, res, mayReuse);
    return adoptFormerCookie(req, res, { store, cookie }).then(() => readNamed(req, res, mayReuse));
  };
}

/** Middleware that reads the session from Redis for every request with a signed session cookie. */
export function readSession(read: ReadSession): RequestHandler {
  return async (req, res, next) => {
    await read(req, res, false);
    next();
  };
}

/**
 * Deletes the Cookie header if the request has two different values for the session cookie. A sibling domain can set a
 * second cookie with the same name, and the gateway cannot detect which cookie is genuine.
 */
function dropAmbiguousCookies(req: Request, { names: { bound, plain } }: SessionCookie): void {
  const names = req.secure ? [bound, plain] : [plain];
  for (const name of names) {
    const values = cookieValues(req, name);
    if (values.some((value) => value !== values[0])) delete req.headers.cookie;
    if (values.length > 0) return;
  }
}

/**
 * Replaces a session cookie that was not signed with the first secret, so that an operator can later remove the other
 * secrets. The function skips all methods except GET and HEAD, because sign-in and sign-out use POST and DELETE, and
 * set the session cookie themselves.
 */
function signAnew(req: Request, res: Response, cookie: SessionCookie): void {
  const current = currentSession(req);
  if (cookie.secrets.length < 2 || !current || (req.method !== 'GET' && req.method !== 'HEAD')) return;
  const name = cookie.nameOf(req);
  const value = cookie.sign(current.sid);
  if (cookieValues(req, name).includes(encodeURIComponent(value))) return;
  appendCookie(res, name, value, { ...cookieOptions, secure: req.secure, maxAge: cookie.maxAgeMs });
  if (req.secure) writeFormerCookie(res, current.sid, cookie);
}
