import { asAppError } from '@mainstay/errors';
import { identityRefusalOf } from '@mainstay/identity';
import type { ErrorRequestHandler } from 'express';
import type { SecurityLog } from './security-log.js';

/**
 * Reports each request that a service refused for want of a valid token of the gateway: the caller is not the gateway, or the two disagree on keys or clocks.
 * It stands behind the routes, before `problemReplies`.
 */
export function reportIdentityRefusals(security: SecurityLog): ErrorRequestHandler {
  return (thrown: unknown, req, _res, next) => {
    const { code, headers, message } = asAppError(thrown);
    if (code === 'unauthenticated') {
      const reason = identityRefusalOf(headers) ?? code;
      security.report(req, { event: 'identity', outcome: 'refused', reason, detail: message });
    }
    next(thrown);
  };
}
