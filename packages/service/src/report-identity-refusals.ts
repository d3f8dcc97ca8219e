import { asAppError } from '@mainstay/errors';
import { identityRefusalOf } from '@mainstay/identity';
import type { ErrorRequestHandler } from 'express';
import type { SecurityLog } from './security-log.js';

/** Reports requests without a valid token of the gateway. Install it after the routes and before `problemReplies`. */
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
