import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

export interface CurrentSession {
  userId: string;
  /** The public id. */
  id: string;
  /** The secret in the cookie. */
  sid: string;
}

const current = Symbol('the session of the request');
type WithSession = Request & { [current]?: CurrentSession | undefined };

/** The caller's session as the request's cookie names it, or undefined for a caller who is not signed in. */
export function currentSession(req: Request): CurrentSession | undefined {
  return (req as WithSession)[current];
}

/** From here on the request belongs to this session, or to nobody: after a sign-in or a sign-out. */
export function setCurrentSession(req: Request, session: CurrentSession | undefined): void {
  (req as WithSession)[current] = session;
}

/** @throws AppError unauthenticated where nobody is signed in. */
export function signedIn(req: Request): CurrentSession {
  const session = currentSession(req);
  if (!session) throw new AppError('unauthenticated', 'Sign in first.');
  return session;
}

/** Lets only callers pass who are signed in. */
export function requireSession(): RequestHandler {
  return (req, _res, next) => {
    signedIn(req);
    next();
  };
}
