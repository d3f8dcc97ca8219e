import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';
import { signedIn } from './current-session.js';

/** The request header with the session that a client expects to be signed in. */
export const EXPECTED_SESSION_HEADER = 'expected-session';

/**
 * Refuses a request whose client expects another session than the one in the cookie, before any work. A request
 * without a route does nothing, so the header is ignored there. All tabs of a browser share one cookie: after a
 * sign-in in one tab, a retry from another tab would act for the wrong user.
 * @throws AppError session_changed, or unauthenticated if no session is left
 */
export function checkExpectedSession(isNamed: (request: { method: string; path: string }) => boolean): RequestHandler {
  return (req, _res, next) => {
    if (isNamed(req)) assertExpectedSession(req);
    next();
  };
}

/** The check for a request that has a route. @throws as `checkExpectedSession` */
export function assertExpectedSession(req: Request): void {
  const expected = req.get(EXPECTED_SESSION_HEADER);
  if (expected === undefined || expected === signedIn(req).id) return;
  throw new AppError('session_changed', 'Another session is signed in. Read GET /v1/session, then start again.');
}
