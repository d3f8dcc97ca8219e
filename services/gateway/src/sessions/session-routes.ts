import { AppError } from '@mainstay/errors';
import type { Log } from '@mainstay/logging';
import { bodyOf, jsonBody, noQuery, queryOf } from '@mainstay/requests';
import { createRouter } from '@mainstay/service';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { AccountsClient } from '../upstreams/accounts-client.js';
import { startDeadline } from '../upstreams/deadline.js';
import type { Hop } from '../upstreams/hop.js';
import { currentSession, signedIn } from './current-session.js';
import { forgetSession } from './session-cookie.js';
import { credentials, passwordChange, registration, shownSession } from './session-schemas.js';
import { beginSignIn, completeSignIn, type SignInPorts } from './sign-in.js';

export interface SessionRoutesOptions extends SignInPorts {
  accounts: AccountsClient;
  log: Log;
  /** Stands after the body's parser: it counts by e-mail. */
  limitLogins: RequestHandler;
  /** Stands where every valid change of a password comes, and no other: it counts those with a wrong present one. */
  limitPasswordChecks: RequestHandler;
  bodyBytesMax: number;
  requestDeadlineMs: number;
}

/** Who is calling: registration, sign-in and sign-out, and the password. They end at the gateway, because the sessions do. */
export function sessionRoutes(options: SessionRoutesOptions): Router {
  const { accounts, log, sessions, events, limitLogins, limitPasswordChecks, bodyBytesMax, requestDeadlineMs } =
    options;
  const routes = createRouter();
  const json = jsonBody({ bytesMax: bodyBytesMax });
  const hopOf = (req: Request, res: Response): Hop => ({
    req,
    session: currentSession(req),
    deadline: startDeadline(req, res, requestDeadlineMs),
  });

  routes.post('/v1/users', json, async (req, res) => {
    queryOf(req, noQuery);
    const request = bodyOf(req, registration);
    const signIn = await beginSignIn(req, sessions);
    const user = await accounts.register(anonymous(hopOf(req, res)), { ...request, session: signIn.origin });
    const session = await completeSignIn(options, req, { userId: user.id, signIn });
    res.status(201).location('/v1/users/me').json({ user, session });
  });

  routes.post('/v1/session', json, limitLogins, async (req, res) => {
    queryOf(req, noQuery);
    const request = bodyOf(req, credentials);
    const signIn = await beginSignIn(req, sessions);
    const user = await accounts.signIn(anonymous(hopOf(req, res)), { ...request, session: signIn.origin });
    const session = await completeSignIn(options, req, { userId: user.id, signIn });
    res.status(201).location('/v1/session').json({ user, session });
  });

  routes.get('/v1/session', async (req, res) => {
    queryOf(req, noQuery);
    const { userId, id } = signedIn(req);
    const [user, session] = await Promise.all([accounts.profile(hopOf(req, res)), sessions.find(userId, id)]);
    if (!session) throw new AppError('unauthenticated', 'This session has ended.');
    res.json({ user, session: shownSession(session, id) });
  });

  routes.delete('/v1/session', async (req, res) => {
    queryOf(req, noQuery);
    const session = signedIn(req);
    if (await sessions.revoke(session.userId, session.id)) await events.signedOut(session);
    forgetSession(req, res);
    res.status(204).end();
  });

  const validChange: RequestHandler = async (req, _res, next) => {
    queryOf(req, noQuery);
    bodyOf(req, passwordChange);
    // The body may have taken its time, and the session may have ended since the request came.
    const [exists] = await sessions.exist([signedIn(req).sid]);
    if (!exists) throw new AppError('unauthenticated', 'This session has ended.');
    next();
  };

  routes.put('/v1/users/me/password', json, validChange, limitPasswordChecks, async (req, res) => {
    const change = bodyOf(req, passwordChange);
    const hop = hopOf(req, res);
    await accounts.checkPassword(hop, { password: change.currentPassword });
    // Whoever signs in until the change is through may have shown the old password, so nobody does.
    await endOtherSessions(options, req, { closedForMs: requestDeadlineMs });
    try {
      await accounts.changePassword(hop, change);
    } finally {
      await endOtherSessions(options, req, { closedForMs: 0 }).catch((error: unknown) => {
        log.warn('sign-ins of a user stay refused until the deadline', { error });
      });
    }
    res.status(204).end();
  });

  return routes;
}

/** A registration or a sign-in is on nobody's behalf, whoever the cookie names. */
function anonymous(hop: Hop): Hop {
  return { ...hop, session: undefined };
}

async function endOtherSessions(
  { sessions, events }: SignInPorts,
  req: Request,
  options: { closedForMs: number },
): Promise<void> {
  const { userId, id } = signedIn(req);
  const ended = await sessions.revokeOthers(userId, id, options);
  await Promise.all(ended.map((sessionId) => events.revoked({ userId, id: sessionId })));
}
