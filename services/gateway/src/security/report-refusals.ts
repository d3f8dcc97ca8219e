import { asAppError, type ErrorCode } from '@mainstay/errors';
import type { SecurityLog } from '@mainstay/service';
import type { ErrorRequestHandler, Request } from 'express';
import { routeTable } from '../routes.js';

const refusals: ReadonlySet<ErrorCode> = new Set(['unauthenticated', 'cross_site', 'rate_limited', 'session_changed']);
const failures: ReadonlySet<ErrorCode> = new Set(['invalid_credentials', 'email_taken']);

/**
 * Reports refused requests and wrong credentials to the security log. Mount it before the handler that writes the error
 * response.
 */
export function reportRefusals(security: SecurityLog): ErrorRequestHandler {
  return (thrown: unknown, req, _res, next) => {
    const error = asAppError(thrown);
    const event = eventOf(req);
    const isWrongPassword = event === 'password_change' && error.errors?.[0]?.path === 'currentPassword';
    const outcome = failures.has(error.code) || isWrongPassword ? 'failed' : 'refused';
    if (outcome === 'failed' || refusals.has(error.code)) {
      const reason = isWrongPassword ? 'wrong_password' : error.code;
      security.report(req, { event, outcome, reason, email: (req.body as { email?: unknown } | undefined)?.email });
    }
    next(thrown);
  };
}

function eventOf({ method, path }: Request) {
  const row = routeTable.find((route) => route.path === path && (route.methods as readonly string[]).includes(method));
  return row?.securityEvent ?? 'request';
}
