import { asAppError, type ErrorCode } from '@mainstay/errors';
import type { SecurityLog } from '@mainstay/service';
import type { ErrorRequestHandler, Request } from 'express';

const refusals: ReadonlySet<ErrorCode> = new Set(['unauthenticated', 'cross_site', 'rate_limited', 'session_changed']);
const failures: ReadonlySet<ErrorCode> = new Set(['invalid_credentials', 'email_taken']);

/** Reports what was refused by authorization, the cross-site check or a limit, and credentials that were wrong. It stands before the reply is made. */
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
  const target = `${method} ${path.replace(/\/$/, '').toLowerCase()}`;
  if (target === 'POST /v1/session') return 'sign_in';
  if (target === 'POST /v1/users') return 'registration';
  return target === 'PUT /v1/users/me/password' ? 'password_change' : 'request';
}
