import { AppError } from '@mainstay/errors';
import { cutPage, noQuery, pageQuery, paramsOf, queryOf, type Cursors } from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import { z } from 'zod';
import { signedIn } from '../intake/current-session.js';
import type { SessionCookie } from '../intake/session-cookie.js';
import { forgetSession } from './new-session-stack.js';
import { sessionPath, shownSession } from './session-schemas.js';
import type { SignInPorts } from './sign-in.js';

export interface DeviceRoutesOptions extends Pick<SignInPorts, 'sessions' | 'events'> {
  cursors: Cursors;
  cookie: SessionCookie;
}

export function deviceRoutes({ sessions, events, cursors, cookie }: DeviceRoutesOptions): Router {
  const routes = createRouter();

  routes.get('/v1/sessions', async (req, res) => {
    const { limit, cursor } = queryOf(req, deviceList);
    const { userId, id } = signedIn(req);
    const list = `sessions:${userId}`;
    const before = cursor === undefined ? undefined : z.string().parse(cursors.decode(list, cursor));
    // A user has at most 100 sessions, so read all sessions and return one page of them.
    const older = (await sessions.list(userId)).filter((session) => before === undefined || session.id < before);
    const devices = older.map((session) => shownSession(session, id));
    res.json(cutPage(devices, limit, (last) => cursors.encode(list, last.id)));
  });

  routes.delete('/v1/sessions/:sessionId', async (req, res) => {
    const current = signedIn(req);
    const { sessionId } = paramsOf(req, sessionPath);
    queryOf(req, noQuery);
    if (!(await sessions.revoke(current.userId, sessionId)))
      throw new AppError('not_found', 'You have no session with this id.');
    await events.revoked({ userId: current.userId, id: sessionId });
    if (sessionId === current.id) forgetSession(req, res, cookie);
    res.status(204).end();
  });

  return routes;
}

const deviceList = z.strictObject(pageQuery);
