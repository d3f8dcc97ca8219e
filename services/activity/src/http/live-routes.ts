import { methodNotAllowed } from '@mainstay/errors';
import { caller } from '@mainstay/identity';
import { queryOf } from '@mainstay/requests';
import { Router, type Response } from 'express';
import type { LiveFeeds } from '../domain/live-feeds.js';
import { liveQuery } from './activity-schemas.js';
import { openSseReader } from './sse-reader.js';

export interface LiveRoutesDependencies {
  liveFeeds: Pick<LiveFeeds, 'open'>;
  drainSignal: AbortSignal;
}

/** What happens to me, as it happens: server-sent events. */
export function liveRoutes({ liveFeeds, drainSignal }: LiveRoutesDependencies): Router {
  const routes = Router();

  routes.head('/v1/activity/live', methodNotAllowed(['GET']));
  routes.get('/v1/activity/live', async (req, res) => {
    const { userId } = caller(req);
    queryOf(req, liveQuery);
    const ended = endOf(res, drainSignal);
    const feed = await liveFeeds.open({ userId, lastEventId: req.get('last-event-id') });
    const reader = openSseReader(res, ended);
    await feed.run(reader, ended);
    reader.end();
  });
  routes.all('/v1/activity/live', methodNotAllowed(['GET']));

  return routes;
}

/** Aborts when the client is gone or this instance drains: the client's next attempt finds another one. */
function endOf(res: Response, drainSignal: AbortSignal): AbortSignal {
  const ended = new AbortController();
  const end = () => ended.abort();
  drainSignal.addEventListener('abort', end, { once: true });
  res.once('close', () => {
    drainSignal.removeEventListener('abort', end);
    end();
  });
  if (drainSignal.aborted) end();
  return ended.signal;
}
