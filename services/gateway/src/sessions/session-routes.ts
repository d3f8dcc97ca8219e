import { AppError } from '@mainstay/errors';
import { bodyOf, jsonBody, noQuery, queryOf } from '@mainstay/requests';
import { createRouter } from '@mainstay/service';
import type { RequestHandler, Router } from 'express';
import type { AccountsClient } from '../upstreams/accounts-client.js';
import { hopOf, type Hop } from '../upstreams/hop.js';
import { currentSession, signedIn } from './current-session.js';
import { forgetSession } from './session-cookie.js';
import { credentials, registration, sessionQuery, shownSession } from './session-schemas.js';
import { beginSignIn, completeSignIn, type SignInPorts } from './sign-in.js';

export interface SessionRoutesOptions extends SignInPorts {
  accounts: AccountsClient;
  /** Stands after the body's parser: it counts by e-mail. */
  limitLogins: RequestHandler;
  bodyBytesMax: number;
  requestDeadlineMs: number;
}

/** Who is calling: registration, sign-in and sign-out. They end at the gateway, because the sessions do. */
export function sessionRoutes(options: SessionRoutesOptions): Router {
  const { accounts, sessions, events, limitLogins, bodyBytesMax, requestDeadlineMs } = options;
  const routes = createRouter();
  const json = jsonBody({ bytesMax: bodyBytesMax });

  routes.post('/v1/users', json, async (req, res) => {
    queryOf(req, noQuery);
    const request = bodyOf(req, registration);
    const signIn = await beginSignIn(req, sessions);
    const hop = anonymous(hopOf(req, res, requestDeadlineMs));
    const user = await accounts.register(hop, { ...request, session: signIn.origin });
    const session = await completeSignIn(options, req, { userId: user.id, signIn });
    res.status(201).location('/v1/users/me').json({ user, session });
  });

  routes.post('/v1/session', json, limitLogins, async (req, res) => {
    queryOf(req, noQuery);
    const request = bodyOf(req, credentials);
    const signIn = await beginSignIn(req, sessions);
    const hop = anonymous(hopOf(req, res, requestDeadlineMs));
    const user = await accounts.signIn(hop, { ...request, session: signIn.origin });
    const session = await completeSignIn(options, req, { userId: user.id, signIn });
    res.status(201).location('/v1/session').json({ user, session });
  });

  routes.get('/v1/session', async (req, res) => {
    const { optional } = queryOf(req, sessionQuery);
    if (optional && !currentSession(req)) return void res.status(204).end();
    const { userId, id } = signedIn(req);
    const hop = hopOf(req, res, requestDeadlineMs);
    const [user, session] = await Promise.all([accounts.profile(hop), sessions.find(userId, id)]);
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

  return routes;
}

/** A registration or a sign-in is on nobody's behalf, whoever the cookie names. */
function anonymous(hop: Hop): Hop {
  return { ...hop, session: undefined };
}
