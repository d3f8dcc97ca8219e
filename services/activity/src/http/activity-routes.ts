import { methodNotAllowed } from '@mainstay/errors';
import { caller } from '@mainstay/identity';
import { periodOf, positionOf, queryOf, type Cursors } from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import type { z } from 'zod';
import type { ActivityEvent, ActivityLog } from '../domain/activity-log.js';
import { listActivity } from '../domain/list-activity.js';
import { refuseTooManyBuckets } from '../domain/local-buckets.js';
import {
  activityQuery,
  listPosition,
  summaryQuery,
  type activityEvent,
  type activityPage,
  type activitySummary,
} from './activity-schemas.js';

export interface ActivityRoutesDependencies {
  activityLog: ActivityLog;
  cursors: Cursors;
}

/** Routes for the list of the caller's events, and for counts per hour or day. */
export function activityRoutes({ activityLog, cursors }: ActivityRoutesDependencies): Router {
  const routes = createRouter();

  routes.get('/v1/activity', async (req, res) => {
    const { userId } = caller(req);
    const { type, limit, cursor, ...asked } = queryOf(req, activityQuery);
    const list = `activity:${userId}`;
    const before = positionOf(cursors, list, cursor, listPosition);
    const page = await listActivity({ activityLog }, userId, { type, period: periodOf(asked), before, limit });
    const reply: z.infer<typeof activityPage> = {
      items: page.events.map(eventReply),
      nextCursor: page.nextBefore === null ? null : cursors.encode(list, page.nextBefore),
    };
    res.json(reply);
  });
  routes.all('/v1/activity', methodNotAllowed(['GET', 'HEAD']));

  routes.get('/v1/activity/summary', async (req, res) => {
    const { userId } = caller(req);
    const { bucket, timeZone, ...asked } = queryOf(req, summaryQuery);
    const period = periodOf(asked);
    refuseTooManyBuckets(period, bucket);
    const counts = await activityLog.summarize({ userId, period, bucket, timeZone });
    const reply: z.infer<typeof activitySummary> = {
      buckets: counts.map(({ start, type, count }) => ({ start: start.toISOString(), type, count })),
    };
    res.json(reply);
  });
  routes.all('/v1/activity/summary', methodNotAllowed(['GET', 'HEAD']));

  return routes;
}

/** The JSON form of an event in every response. */
export function eventReply({ id, type, time, data }: ActivityEvent): z.infer<typeof activityEvent> {
  return { id, type, time: time.toISOString(), data };
}
