import { asAppError } from '@mainstay/errors';
import { identityRefusalOf } from '@mainstay/identity';
import type { ErrorRequestHandler } from 'express';
import type { SecurityLog } from './security-log.js';

/**
 * Reports each request that was refused because it has no valid token of the gateway. Either the caller is not the
 * gateway, or keys or clocks differ. Put it after the routes and before `problemReplies`.
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
