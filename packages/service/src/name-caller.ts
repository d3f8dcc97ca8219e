import { callerOrAnonymous } from '@mainstay/identity';
import { setContextUser } from '@mainstay/logging';
import type { RequestHandler } from 'express';

/** Adds the user to every later log line of the request. Put it after `requireIdentity`. */
export function nameCaller(): RequestHandler {
  return (req, _res, next) => {
    const { userId } = callerOrAnonymous(req);
    if (userId !== undefined) setContextUser(userId);
    next();
  };
}
