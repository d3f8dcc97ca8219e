import { callerOrAnonymous } from '@mainstay/identity';
import { setContextUser } from '@mainstay/logging';
import type { RequestHandler } from 'express';

/** After `requireIdentity`: every line of the request's log names its user. */
export function nameCaller(): RequestHandler {
  return (req, _res, next) => {
    const { userId } = callerOrAnonymous(req);
    if (userId !== undefined) setContextUser(userId);
    next();
  };
}
