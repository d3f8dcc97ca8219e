import type { Request } from 'express';
import { v7 as newId } from 'uuid';
import type { SessionOrigin } from '../upstreams/accounts-client.js';
import { currentSession, setCurrentSession } from '../intake/current-session.js';
import type { SessionEvents } from './session-events.js';
import type { Session } from './session-schemas.js';
import type { RevocableSessionStore } from './session-store.js';
import type { UserSessions } from './user-sessions.js';

const USER_AGENT_CHARACTERS_MAX = 200;

/** A sign-in or registration in progress. */
export interface SignIn {
  /** Data that the accounts service writes into the event of the sign-in. A registration's event has only the `id`. */
  origin: SessionOrigin;
  beganAtUs: number;
}

/**
 * Prepares a session. If Redis refuses writes, the sign-in fails before the password check.
 * @throws AppError unavailable
 */
export async function beginSignIn(req: Request, sessions: UserSessions): Promise<SignIn> {
  const beganAtUs = await sessions.clockUs();
  const userAgent = req.get('user-agent')?.slice(0, USER_AGENT_CHARACTERS_MAX) ?? '';
  return { origin: { id: newId(), ip: req.ip ?? 'unknown', userAgent }, beganAtUs };
}

export interface SignInPorts {
  store: RevocableSessionStore;
  sessions: UserSessions;
  events: SessionEvents;
}

/**
 * Opens a new session, and ends the session that the request's cookie named.
 * @throws AppError unavailable if Redis does not respond, or if `revokeOthers` ran during the sign-in
 */
export async function completeSignIn(
  { store, sessions, events }: SignInPorts,
  req: Request,
  { userId, signIn }: { userId: string; signIn: SignIn },
): Promise<Session> {
  const previous = currentSession(req);
  if (previous && (await sessions.revoke(previous.userId, previous.id))) await events.signedOut(previous);
  setCurrentSession(req, undefined);
  await done(req, (session, callback) => session.regenerate(callback));
  const { origin, beganAtUs } = signIn;
  const createdAt = new Date().toISOString();
  Object.assign(req.session, { userId, sessionId: origin.id, createdAt, ...(req.secure && { isBound: true }) });
  store.expectFirstWrite(req.session, { ...origin, userId, sid: req.sessionID, createdAt, beganAtUs });
  await done(req, (session, callback) => session.save(callback));
  setCurrentSession(req, { userId, id: origin.id, sid: req.sessionID });
  return { ...origin, current: true, createdAt, lastSeenAt: createdAt };
}

/**
 * Calls `act`, and waits until `act` has regenerated or saved the session. If `act` fails, removes the session from the
 * request, so that the response sets no cookie.
 */
function done(
  req: Request,
  act: (session: Request['session'], callback: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    act(req.session, (error) => {
      if (!error) return resolve();
      delete (req as Partial<Request>).session;
      reject(error);
    });
  });
}
