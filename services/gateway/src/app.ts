import { methodNotAllowed } from '@mainstay/errors';
import {
  clientAddress,
  createCrossSiteCheck,
  crossOrigin,
  crossSiteCheck,
  securityHeaders,
  type OverloadGuard,
} from '@mainstay/hardening';
import type { IdentityIssuer } from '@mainstay/identity';
import { requestContext, requestLog, type Log, type RequestTracer } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { createCursors } from '@mainstay/service/requests';
import { createExpress, problemReplies, publicHealthReply, type Health } from '@mainstay/service';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import type { GatewayConfig } from './config.js';
import { documentationPaths, documentationRoutes } from './openapi/documentation-routes.js';
import { proxied } from './proxied-request.js';
import { allowedMethods, isProxied, namedRequests, servedRoutes, type Route, type UpstreamName } from './routes.js';
import { reportRefusals } from './security/report-refusals.js';
import { createGatewaySecurityLog } from './security/security-log.js';
import { requireSession } from './intake/current-session.js';
import { noteArrival } from './intake/arrival.js';
import type { SessionCookie } from './intake/session-cookie.js';
import { checkExpectedSession } from './intake/expected-session.js';
import type { SessionBoundRequests } from './intake/session-bound-requests.js';
import type { Guesses } from './sessions/guesses.js';
import { passwordRoutes } from './sessions/password-routes.js';
import { createSessionReader, readSession, type ReadSession } from './sessions/read-session.js';
import { newSessionStack } from './sessions/new-session-stack.js';
import { createDeviceCookies } from './sessions/device-cookie.js';
import { deviceRoutes } from './sessions/device-routes.js';
import { sessionRoutes, type SessionRoutesOptions } from './sessions/session-routes.js';
import type { SignInPorts } from './sessions/sign-in.js';
import type { Limits } from './intake/limits.js';
import { createAccountsClient } from './upstreams/accounts-client.js';
import { createDeadlines } from './upstreams/deadline.js';
import { liveFeed } from './upstreams/live-feed.js';
import type { Upstream } from './upstreams/upstream.js';
import { webRoutes } from './web/web-routes.js'; // fork:remove web

export interface AppDependencies extends SignInPorts {
  upstreams: Record<UpstreamName, Upstream>;
  identity: IdentityIssuer;
  config: GatewayConfig;
  log: Log;
  metrics: Metrics;
  tracing?: RequestTracer;
  health: Health;
  overload: OverloadGuard;
  limits: Limits;
  guesses: Guesses;
  cookie: SessionCookie;
  boundRequests: SessionBoundRequests;
}

/** Builds the Express app. `ProxiedRequest` repeats these steps for requests to services, so change both together. */
export function createApp(deps: AppDependencies): Express {
  const { config, log, metrics, tracing: tracer, limits, cookie, store, boundRequests } = deps;
  const secrets = config.sessionSecret.map((secret) => secret.reveal());
  const security = createGatewaySecurityLog({ log, metrics, secret: secrets[0] ?? '' });
  const app = createExpress();
  app.set('trust proxy', config.trustProxy);
  const wasRevoked = (sessionId: string) => boundRequests.hasEnded(sessionId);
  const sessionReader = createSessionReader({ cookie, store, wasRevoked });
  mountProxiedRoutes(app, deps, sessionReader);

  app.use(clientAddress());
  app.use(noteArrival(), requestContext({ trust: 'public', tracer }), requestLog(log), metrics.requestMetrics());
  app.use(securityHeaders());

  // Sessions need Redis. The documentation comes before them, so that it works without Redis.
  app.use(documentationRoutes(servedRoutes(config)));
  if (config.webDirectory !== '') app.use(webRoutes(config.webDirectory)); // fork:remove web
  app.get('/', (_req, res) => res.redirect('/docs'));
  // `guarded` answers health checks. Only a health check with Content-Length or Transfer-Encoding reaches this route.
  app.get('/healthz', publicHealthReply(deps.health));
  app.all(['/', '/healthz', ...documentationPaths], methodNotAllowed(['GET', 'HEAD']));

  app.use(readSession(sessionReader));
  app.use(checkExpectedSession(namedRequests(servedRoutes(config))));
  app.use(limits.requests);
  app.use(crossSiteCheck({ publicOrigins: config.publicOrigins }));
  app.use(privateReplies());
  mountRoutes(app, { ...deps, security, newSession: newSessionStack({ cookie, store, log }) });
  app.use(reportRefusals(security), ignoreErrorsAfterDisconnect(), problemReplies(log));
  return guarded(app, deps);
}

/** `ProxiedRequest` does the work of the middlewares itself, so mount its routes before the middlewares. */
function mountProxiedRoutes(app: Express, deps: AppDependencies, sessionReader: ReadSession): void {
  const { config, metrics, tracing, limits, upstreams } = deps;
  const shared = {
    ...deps,
    requestDeadlineMs: config.requestDeadlineMs,
    times: metrics.requestTimes(),
    tracer: tracing,
    readSession: sessionReader,
    countRequest: limits.countRequest,
    checkSite: createCrossSiteCheck({ publicOrigins: config.publicOrigins }),
    deadlines: createDeadlines(),
  };
  for (const route of servedRoutes(config)) {
    if (!isProxied(route) || route.feed) continue;
    for (const method of route.methods)
      app[verbOf(method)](route.path, proxied(shared, route, upstreams[route.upstream]));
  }
}

type Verb = Lowercase<Route['methods'][number]>;
const verbOf = (method: Route['methods'][number]) => method.toLowerCase() as Verb;

function mountRoutes(
  app: Express,
  deps: AppDependencies & Pick<SessionRoutesOptions, 'security' | 'newSession'>,
): void {
  const { upstreams, identity, limits, config } = deps;
  const routes = servedRoutes(config);
  const allowed = allowedMethods(routes);
  for (const route of routes) {
    // Without this line, a HEAD request would open a live feed.
    if (route.feed) app.head(route.path, methodNotAllowed(allowed.get(route.path) ?? []));
    if (isProxied(route) && !route.feed) continue;
    for (const method of route.methods) {
      const handlers = route.access === 'session' ? [requireSession()] : [];
      if (isProxied(route)) handlers.push(liveFeed({ ...deps, ...config, upstream: upstreams[route.upstream] }, route));
      if (handlers.length > 0) app[verbOf(method)](route.path, ...handlers);
    }
  }
  // Without this line, the routers below would answer OPTIONS with 200 instead of 405.
  for (const [path, methods] of allowed) app.options(path, methodNotAllowed(methods));
  const secrets = config.sessionSecret.map((secret) => secret.reveal());
  const accounts = createAccountsClient({ accounts: upstreams.accounts, identity });
  app.use(sessionRoutes({ ...deps, ...config, accounts, devices: createDeviceCookies(secrets) }));
  app.use(passwordRoutes({ ...deps, ...config, accounts, limitPasswordChecks: limits.passwordChecks }));
  app.use(deviceRoutes({ ...deps, cursors: createCursors(secrets) }));
  for (const [path, methods] of allowed) app.all(path, methodNotAllowed(methods));
}

function privateReplies(): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('cache-control', 'no-store');
    next();
  };
}

function ignoreErrorsAfterDisconnect(): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (!res.closed) next(error);
  };
}

/**
 * The overload guard refuses requests before Express runs, so that a refusal costs little time. CORS comes before the
 * guard, because a refusal needs CORS headers.
 */
function guarded(app: Express, deps: Pick<AppDependencies, 'config' | 'overload' | 'health'>): Express {
  const { config, overload, health } = deps;
  const inner = app as unknown as { handle: (req: Request, res: Response, next: () => void) => void };
  const handle = inner.handle.bind(app);
  const answerHealth = publicHealthReply(health);
  const share = crossOrigin({ publicOrigins: config.publicOrigins });
  inner.handle = (req, res, next) => {
    if (isHealthCheck(req)) answerHealth(req, res);
    else share(req, res, () => overload(req, res, () => handle(req, res, next)));
  };
  return app;
}

function isHealthCheck({ method, url, headers }: Request): boolean {
  const isAsked = (method === 'GET' || method === 'HEAD') && (url === '/healthz' || url.startsWith('/healthz?'));
  return isAsked && headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}
