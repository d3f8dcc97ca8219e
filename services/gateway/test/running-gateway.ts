import http from 'node:http';
import type { SessionData } from 'express-session';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '@mainstay/config';
import { createEventStream } from '@mainstay/events';
import { limitServer, refuseMalformed, serverOptions, type ServerLimits } from '@mainstay/hardening';
import { createIdentityIssuer, generateIdentityKeys } from '@mainstay/identity';
import { createLogger } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { testRedisUrl } from '@mainstay/platform/testing';
import { createShutdown, openRedis } from '@mainstay/service';
import { createApp } from '../src/app.js';
import { configSchema, upstreamLimits } from '../src/config.js';
import { createSessionBoundRequests } from '../src/intake/session-bound-requests.js';
import { createGuesses } from '../src/sessions/guesses.js';
import { createSessionEvents } from '../src/sessions/session-events.js';
import { createSessionMac } from '../src/sessions/session-mac.js';
import { RevocableSessionStore } from '../src/sessions/session-store.js';
import { createUserSessions } from '../src/sessions/user-sessions.js';
import { watchRevocations } from '../src/sessions/watch-revocations.js';
import { countRefusals, createLimits } from '../src/intake/limits.js';
import { createOverload } from '../src/intake/overload.js';
import type { Lookup } from '../src/upstreams/addresses.js';
import { openUpstream } from '../src/upstreams/upstream.js';

export interface GatewayPlan {
  redisUrl: string;
  accountsUrl?: string;
  activityUrl?: string;
  /** Further settings, by their names in the environment. */
  settings?: Record<string, string>;
  health?: 'ok' | 'starting' | 'draining';
  /** Instead of the system's resolver, for the names of the services. */
  lookup?: Lookup;
  /** Instead of those that runService sets. */
  serverLimits?: ServerLimits;
}

export interface RunningGateway {
  url: string;
  publicKey: string;
  /** What Prometheus would scrape. */
  metrics(): Promise<string>;
  /** What a stopping process does first. */
  drain(): void;
  close(): Promise<void>;
}

const { privateKey, publicKey } = generateIdentityKeys();
export const sessionSecret = 'a-secret-of-the-tests-that-is-long-enough';

/** What a gateway of the tests would write into Redis under this key. */
export function sealed(key: string, content: object): string {
  const seal = createSessionMac([sessionSecret]).seal(key.replace('session:', ''), content as SessionData);
  return JSON.stringify(seal);
}

/** The gateway as main.ts puts it together, on a port of its own. */
export async function runGateway(plan: GatewayPlan): Promise<RunningGateway> {
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    REDIS_URL: testRedisUrl(plan.redisUrl, 'gateway'),
    ACCOUNTS_URL: plan.accountsUrl ?? nowhere,
    ACTIVITY_URL: plan.activityUrl ?? nowhere,
    SESSION_SECRET: sessionSecret,
    IDENTITY_PRIVATE_KEYS: privateKey,
    RATE_LIMIT_ANONYMOUS_MAX: '10000',
    ...plan.settings,
  };
  const config = loadConfig({ service: 'gateway', schema: configSchema, env, dotenvPath: '/nonexistent' });
  const log = createLogger({ service: 'gateway', version: 'test', level: process.env.TEST_LOG ? 'debug' : 'silent' });
  const metrics = createMetrics({ service: 'gateway', version: 'test' });
  const redis = openRedis({ address: config, role: 'request', log, metrics });
  const subscriber = openRedis({ address: config, role: 'subscriber', log, metrics });
  const sessions = createUserSessions(redis, { absoluteLifeS: config.sessionAbsoluteS });
  const lifetime = { idleS: config.sessionIdleS, absoluteS: config.sessionAbsoluteS };
  const draining = new AbortController();
  const boundRequests = createSessionBoundRequests({
    exist: (sids) => sessions.exist(sids),
    feedsMax: config.liveFeedsMax,
    addressFeedsMax: config.liveFeedsAddressMax,
    drainSignal: draining.signal,
  });
  const revocations = watchRevocations({ subscriber, boundRequests, log });
  const upstreamOptions = { ...upstreamLimits(config), log, metrics, ...(plan.lookup && { lookup: plan.lookup }) };
  const upstreams = {
    accounts: openUpstream({ name: 'accounts', url: config.accountsUrl, ...upstreamOptions }),
    activity: openUpstream({ name: 'activity', url: config.activityUrl, ...upstreamOptions }),
  };
  const report = { status: plan.health ?? 'ok', waitingFor: [], degraded: [] };
  const overload = createOverload({ config, log, metrics });
  const onRefused = countRefusals(metrics);
  const app = createApp({
    config,
    log,
    metrics,
    health: { require: () => undefined, report: () => report, ready: () => Promise.resolve(), close: () => undefined },
    sessions,
    store: new RevocableSessionStore({
      redis,
      sessions,
      lifetime,
      secrets: config.sessionSecret.map((secret) => secret.reveal()),
    }),
    events: createSessionEvents({ stream: createEventStream(redis), log }),
    overload,
    limits: createLimits({ redis, log, config, onRefused }),
    guesses: createGuesses({ redis, config, onRefused }),
    boundRequests,
    upstreams,
    identity: createIdentityIssuer({ privateKeys: config.identityPrivateKeys.map((key) => key.reveal()) }),
  });
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  const server = serverOf(app, { connectionsMax: config.connectionsMax, ...plan.serverLimits });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    publicKey,
    metrics: async () => (await metrics.render()).body,
    drain: () => draining.abort(),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      overload.close();
      revocations.close();
      await Promise.all([upstreams.accounts.close(), upstreams.activity.close()]);
      await Promise.all([redis.close(), subscriber.close()]);
      metrics.close();
    },
  };
}

/** As runService makes it, only that overdue requests are looked for more often. */
function serverOf(app: http.RequestListener, limits: ServerLimits): http.Server {
  const server = http.createServer({ ...serverOptions, connectionsCheckingInterval: 50 }, app);
  refuseMalformed(limitServer(server, limits));
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const shutdown = createShutdown({
    log,
    preDrainDelayMs: 0,
    drainWindowMs: 0,
    closeTimeoutMs: 0,
    exit: () => undefined,
  });
  shutdown.drain(server);
  return server;
}
