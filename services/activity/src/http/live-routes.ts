import { methodNotAllowed } from '@mainstay/errors';
import { caller } from '@mainstay/identity';
import { countAsStream } from '@mainstay/metrics';
import { noQuery, queryOf } from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Response, Router } from 'express';
import type { LiveFeeds } from '../domain/live-feeds.js';
import { openSseReader } from './sse-reader.js';

export interface LiveRoutesDependencies {
  liveFeeds: Pick<LiveFeeds, 'open'>;
  drainSignal: AbortSignal;
}

/** Sends the caller's new events as server-sent events. */
export function liveRoutes({ liveFeeds, drainSignal }: LiveRoutesDependencies): Router {
  const routes = createRouter();
  const endOf = createEndings(drainSignal);

  routes.head('/v1/activity/live', methodNotAllowed(['GET']));
  routes.get('/v1/activity/live', async (req, res) => {
    const { userId } = caller(req);
    queryOf(req, noQuery);
    const ended = endOf(res);
    // An empty id means that the client has no event id (HTML standard, section 9.2), so ignore an empty header.
    const named = req.get('last-event-id');
    const feed = await liveFeeds.open({ userId, lastEventId: named === '' ? undefined : named });
    const reader = openSseReader(res, ended);
    countAsStream(res);
    await feed.run(reader, ended);
    reader.end();
  });
  routes.all('/v1/activity/live', methodNotAllowed(['GET']));

  return routes;
}

function createEndings(drainSignal: AbortSignal): (res: Response) => AbortSignal {
  const open = new Set<AbortController>();
  drainSignal.addEventListener('abort', () => open.forEach((ended) => ended.abort()), { once: true });
  return (res) => {
    const ended = new AbortController();
    open.add(ended);
    res.once('close', () => {
      open.delete(ended);
      ended.abort();
    });
    if (drainSignal.aborted) ended.abort();
    return ended.signal;
  };
}
