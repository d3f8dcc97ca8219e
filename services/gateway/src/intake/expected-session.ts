import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';
import { signedIn } from './current-session.js';

/** Request header with the public id of the session that the client expects. */
export const EXPECTED_SESSION_HEADER = 'expected-session';

/**
 * Refuses a request whose `Expected-Session` header differs from the session of the cookie. Without this check, a
 * sign-in in a second tab would change the user of the first tab.
 * @throws AppError session_changed, or unauthenticated if no user is signed in
 */
export function checkExpectedSession(isNamed: (request: { method: string; path: string }) => boolean): RequestHandler {
  return (req, _res, next) => {
    if (isNamed(req)) assertExpectedSession(req);
    next();
  };
}

/**
 * Does the check of `checkExpectedSession` for one request. `ProxiedRequest` has no middlewares, so it calls this
 * function itself.
 * @throws AppError session_changed, or unauthenticated if no user is signed in
 */
export function assertExpectedSession(req: Request): void {
  const expected = req.get(EXPECTED_SESSION_HEADER);
  if (expected === undefined || expected === signedIn(req).id) return;
  throw new AppError('session_changed', 'Another session is signed in. Read GET /v1/session, then start again.');
}
