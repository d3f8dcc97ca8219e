import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';
import { identityRefused } from './identity-refusal.js';
import { IDENTITY_HEADER, type Identity } from './identity-token.js';
import type { IdentityVerifier } from './identity-verifier.js';

export interface Caller {
  userId: string;
  sessionId: string | undefined;
}

const identityOfRequest = Symbol('identity');
type IdentifiedRequest = Request & { [identityOfRequest]?: Identity };

/**
 * Refuses a request without a valid token of the gateway, with AppError unauthenticated. The gateway sends a token for
 * anonymous callers too.
 */
export function requireIdentity(verifier: IdentityVerifier): RequestHandler {
  return async (req: IdentifiedRequest, _res, next) => {
    const token = req.get(IDENTITY_HEADER);
    if (token === undefined) throw identityRefused('the request has no token');
    req[identityOfRequest] = await verifier.verify(token);
    next();
  };
}

/**
 * Returns the signed-in caller.
 * @throws AppError unauthenticated for an anonymous caller
 * @throws Error if `requireIdentity` did not run before
 */
export function caller(req: Request): Caller {
  const { userId, sessionId } = callerOrAnonymous(req);
  if (userId === undefined) throw new AppError('unauthenticated');
  return { userId, sessionId };
}

/**
 * Returns the caller, who can be anonymous.
 * @throws Error if `requireIdentity` did not run before
 */
export function callerOrAnonymous(req: Request): Identity {
  const identity = (req as IdentifiedRequest)[identityOfRequest];
  if (!identity) throw new Error('requireIdentity() must precede a route that reads the caller.');
  return identity;
}
