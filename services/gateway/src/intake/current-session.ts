import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

export interface CurrentSession {
  userId: string;
  /** The public id of the session. */
  id: string;
  /** The secret session id in the cookie. */
  sid: string;
}

const current = Symbol('the session of the request');
type WithSession = Request & { [current]?: CurrentSession | undefined };

/** The caller's session, or undefined for an anonymous caller. */
export function currentSession(req: Request): CurrentSession | undefined {
  return (req as WithSession)[current];
}

/** Sets the session of the request. Undefined makes the caller anonymous. */
export function setCurrentSession(req: Request, session: CurrentSession | undefined): void {
  (req as WithSession)[current] = session;
}

/** @throws AppError unauthenticated for an anonymous caller */
export function signedIn(req: Request): CurrentSession {
  const session = currentSession(req);
  if (!session) throw new AppError('unauthenticated', 'Sign in first.');
  return session;
}

/** Responds to anonymous callers with 401. */
export function requireSession(): RequestHandler {
  return (req, _res, next) => {
    signedIn(req);
    next();
  };
}
