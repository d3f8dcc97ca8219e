import { AppError } from '@mainstay/errors';
import type { Log } from '@mainstay/logging';
import { bodyOf, jsonBody, noQuery, queryOf } from '@mainstay/service/requests';
import { createRouter, type SecurityLog } from '@mainstay/service';
import type { Request, RequestHandler, Router } from 'express';
import type { AccountsClient } from '../upstreams/accounts-client.js';
import { hopOf } from '../upstreams/hop.js';
import { signedIn } from '../intake/current-session.js';
import { passwordChange } from './session-schemas.js';
import type { SignInPorts } from './sign-in.js';

export interface PasswordRoutesOptions extends Pick<SignInPorts, 'sessions' | 'events'> {
  accounts: AccountsClient;
  log: Log;
  security: SecurityLog;
  /** Counts wrong current passwords. It runs only for password changes with a valid body. */
  limitPasswordChecks: RequestHandler;
  bodyBytesMax: number;
  requestDeadlineMs: number;
}

/**
 * Returns the route for password changes. A password change ends all other sessions of the user. The gateway manages
 * the sessions, so the gateway handles password changes itself.
 */
export function passwordRoutes(options: PasswordRoutesOptions): Router {
  const { accounts, log, security, sessions, limitPasswordChecks, bodyBytesMax, requestDeadlineMs } = options;
  const routes = createRouter();
  const json = jsonBody({ bytesMax: bodyBytesMax });

  const validChange: RequestHandler = async (req, res, next) => {
    queryOf(req, noQuery);
    const { newPassword } = bodyOf(req, passwordChange);
    // The session can have ended since the gateway read it, so check it again.
    const [exists] = await sessions.exist([signedIn(req).sid]);
    if (!exists) throw new AppError('unauthenticated', 'This session has ended.');
    await accounts.checkNewPassword(hopOf(req, res, requestDeadlineMs), { password: newPassword });
    next();
  };

  routes.put('/v1/users/me/password', json, validChange, limitPasswordChecks, async (req, res) => {
    const change = bodyOf(req, passwordChange);
    const hop = hopOf(req, res, requestDeadlineMs);
    await accounts.checkPassword(hop, { password: change.currentPassword });
    // Until the change is complete, a sign-in can use the old password, so refuse sign-ins.
    await endOtherSessions(options, req, { closedForMs: requestDeadlineMs });
    try {
      await accounts.changePassword(hop, change);
    } finally {
      await endOtherSessions(options, req, { closedForMs: 0 }).catch((error: unknown) => {
        log.warn(
          'sign-ins of a user are refused until the request deadline, because Redis failed after a password change',
          { error },
        );
      });
    }
    security.report(req, { event: 'password_change', outcome: 'succeeded' });
    res.status(204).end();
  });

  return routes;
}

async function endOtherSessions(
  { sessions, events }: PasswordRoutesOptions,
  req: Request,
  options: { closedForMs: number },
): Promise<void> {
  const { userId, id } = signedIn(req);
  const ended = await sessions.revokeOthers(userId, id, options);
  await Promise.all(ended.map((sessionId) => events.revoked({ userId, id: sessionId })));
}
