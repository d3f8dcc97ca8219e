import { requireIdentity, type IdentityVerifier } from '@mainstay/identity';
import { requestContext, requestLog, type Log, type RequestTracer } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import type { Cursors } from '@mainstay/service/requests';
import {
  createExpress,
  createSecurityLog,
  nameCaller,
  problemReplies,
  reportIdentityRefusals,
  requestDeadline,
} from '@mainstay/service';
import type { Express } from 'express';
import type { Config } from './config.js';
import type { ActivityLog } from './domain/activity-log.js';
import type { LiveFeeds } from './domain/live-feeds.js';
import { activityRoutes } from './http/activity-routes.js';
import { liveRoutes } from './http/live-routes.js';

export interface AppDependencies {
  config: Pick<Config, 'requestDeadlineMs'>;
  log: Log;
  metrics: Metrics;
  /** Without a tracer, requests have no spans. */
  tracing?: RequestTracer;
  activityLog: ActivityLog;
  liveFeeds: LiveFeeds;
  cursors: Cursors;
  identityVerifier: IdentityVerifier;
  /** Aborts when the service begins to shut down. Live feeds end at that moment. */
  drainSignal: AbortSignal;
}

/** The activity service. A request passes the middleware in the order of these lines. */
export function createApp(deps: AppDependencies): Express {
  const app = createExpress();
  app.use(requestContext({ trust: 'internal', tracer: deps.tracing }));
  app.use(requestLog(deps.log), deps.metrics.requestMetrics());
  app.use(requestDeadline({ defaultMs: deps.config.requestDeadlineMs }));
  app.use(requireIdentity(deps.identityVerifier), nameCaller()); // so the routes below can call `caller(req)`
  app.use(activityRoutes(deps));
  app.use(liveRoutes(deps));
  app.use(reportIdentityRefusals(createSecurityLog(deps)), problemReplies(deps.log));
  return app;
}
