import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

export interface CurrentSession {
  userId: string;
  /** The public id. */
  id: string;
  /** The secret in the cookie. */
  sid: string;
}

/** Who the request's cookie says it is, or undefined for a caller who is not signed in. */
export function currentSession(req: Request): CurrentSession | undefined {
  const { userId, sessionId } = (req as Partial<Request>).session ?? {}; // forgotten after a sign-out
  return userId && sessionId ? { userId, id: sessionId, sid: req.sessionID } : undefined;
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
