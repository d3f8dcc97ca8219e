import { AppError } from '@mainstay/errors';
import { bodyOf, jsonBody, noQuery, queryOf } from '@mainstay/service/requests';
import { createRouter, type SecurityLog } from '@mainstay/service';
import type { RequestHandler, Router } from 'express';
import type { Limits } from '../intake/limits.js';
import type { SessionCookie } from '../intake/session-cookie.js';
import type { AccountsClient } from '../upstreams/accounts-client.js';
import { hopOf, type Hop } from '../upstreams/hop.js';
import { accountDigest } from '../intake/account-digest.js';
import { currentSession, signedIn } from '../intake/current-session.js';
import type { DeviceCookies } from './device-cookie.js';
import type { Guesses } from './guesses.js';
import { forgetSession } from './new-session-stack.js';
import { credentials, registration, sessionQuery, shownSession } from './session-schemas.js';
import { beginSignIn, completeSignIn, type SignInPorts } from './sign-in.js';

export interface SessionRoutesOptions extends SignInPorts {
  accounts: AccountsClient;
  cookie: SessionCookie;
  /** Middlewares for the routes that open a session. */
  newSession: RequestHandler[];
  /**
   * The middleware `logins` must run after the body parser, because `logins` has a separate count for each e-mail
   * address.
   */
  limits: Pick<Limits, 'entries' | 'logins'>;
  guesses: Guesses;
  devices: DeviceCookies;
  security: SecurityLog;
  bodyBytesMax: number;
  requestDeadlineMs: number;
}

/**
 * Returns the routes for registration, sign-in, sign-out and the current session. The gateway handles these requests
 * itself, because the gateway manages the sessions.
 */
export function sessionRoutes(options: SessionRoutesOptions): Router {
  const {
    accounts,
    cookie,
    newSession,
    sessions,
    events,
    limits,
    guesses,
    devices,
    security,
    bodyBytesMax,
    requestDeadlineMs,
  } = options;
  const routes = createRouter();
  const json = jsonBody({ bytesMax: bodyBytesMax });

  routes.post('/v1/users', ...newSession, limits.entries, json, async (req, res) => {
    queryOf(req, noQuery);
    const request = bodyOf(req, registration);
    const signIn = await beginSignIn(req, sessions);
    const hop = anonymous(hopOf(req, res, requestDeadlineMs));
    const user = await accounts.register(hop, { ...request, session: signIn.origin });
    const session = await completeSignIn(options, req, { userId: user.id, signIn });
    devices.remember(req, res, accountDigest(request.email));
    security.report(req, { event: 'registration', outcome: 'succeeded', email: request.email });
    res.status(201).location('/v1/users/me').json({ user, session });
  });

  routes.post('/v1/session', ...newSession, limits.entries, json, limits.logins, async (req, res) => {
    queryOf(req, noQuery);
    const request = bodyOf(req, credentials);
    const signIn = await beginSignIn(req, sessions);
    const hop = anonymous(hopOf(req, res, requestDeadlineMs));
    const account = accountDigest(request.email);
    const guess = await guesses.begin({ account, device: devices.deviceOf(req, account) });
    const user = await accounts.signIn(hop, { ...request, session: signIn.origin }).catch(async (error: unknown) => {
      // If the accounts service did not report whether the password is right, the attempt does not count as a failure.
      // But after a disconnect the attempt counts, because a client could disconnect early to hide a wrong password.
      if (isUndecided(error) && !res.closed) await guess.undecided();
      throw error;
    });
    await guess.succeeded();
    const session = await completeSignIn(options, req, { userId: user.id, signIn });
    devices.remember(req, res, account);
    security.report(req, { event: 'sign_in', outcome: 'succeeded', email: request.email });
    res.status(201).location('/v1/session').json({ user, session });
  });

  routes.get('/v1/session', async (req, res) => {
    const { optional } = queryOf(req, sessionQuery);
    if (optional && !currentSession(req)) return void res.status(204).end();
    const { userId, id } = signedIn(req);
    const hop = hopOf(req, res, requestDeadlineMs);
    const [user, session] = await Promise.all([accounts.profile(hop), sessions.find(userId, id)]);
    if (!session) throw new AppError('unauthenticated', 'This session has ended.');
    const account = accountDigest(user.email);
    // Release 0.1.0 set no device cookie, so set the cookie now if the client is a browser. Browsers send the header
    // Sec-Fetch-Site. Remove these lines with the release after 1.0.0.
    if (req.get('sec-fetch-site') !== undefined && devices.deviceOf(req, account) === undefined)
      devices.remember(req, res, account);
    res.json({ user, session: shownSession(session, id) });
  });

  routes.delete('/v1/session', async (req, res) => {
    queryOf(req, noQuery);
    const session = signedIn(req);
    if (await sessions.revoke(session.userId, session.id)) await events.signedOut(session);
    forgetSession(req, res, cookie);
    res.status(204).end();
  });

  return routes;
}

function isUndecided(error: unknown): boolean {
  return !(error instanceof AppError && error.code === 'invalid_credentials');
}

/** Removes the session, so that the request to the accounts service names no user. */
function anonymous(hop: Hop): Hop {
  return { ...hop, session: undefined };
}
