import { requireIdentity, type IdentityVerifier } from '@mainstay/identity';
import { requestContext, requestLog, type Log, type RequestTracer } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import {
  createExpress,
  createSecurityLog,
  nameCaller,
  problemReplies,
  reportIdentityRefusals,
  requestDeadline,
} from '@mainstay/service';
import { jsonBody, type Cursors } from '@mainstay/service/requests';
import type { Express } from 'express';
import type { Config } from './config.js';
import type { Items } from './domain/item.js';
import { itemRoutes } from './http/item-routes.js';

export interface AppDependencies {
  config: Pick<Config, 'requestDeadlineMs' | 'bodyBytesMax'>;
  log: Log;
  metrics: Metrics;
  /** Without a tracer, requests have no spans. */
  tracing?: RequestTracer;
  items: Items;
  cursors: Cursors;
  identityVerifier: IdentityVerifier;
}

/** The template service. A request passes the middleware in the order of these lines. */
export function createApp(deps: AppDependencies): Express {
  const app = createExpress();
  app.use(requestContext({ trust: 'internal', tracer: deps.tracing }));
  app.use(requestLog(deps.log), deps.metrics.requestMetrics());
  app.use(requestDeadline({ defaultMs: deps.config.requestDeadlineMs }));
  app.use(requireIdentity(deps.identityVerifier), nameCaller()); // so the routes below can call `caller(req)`
  app.use(jsonBody({ bytesMax: deps.config.bodyBytesMax }));
  app.use(itemRoutes(deps));
  app.use(reportIdentityRefusals(createSecurityLog(deps)), problemReplies(deps.log));
  return app;
}
