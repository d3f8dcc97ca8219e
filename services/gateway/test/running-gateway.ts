import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionData } from 'express-session';
import { limitServer, refuseMalformed, serverOptions, type ServerLimits } from '@mainstay/hardening';
import { generateIdentityKeys } from '@mainstay/identity';
import { testRedisUrl } from '@mainstay/platform/testing';
import { createShutdown } from '@mainstay/service';
import { createTestRuntime } from '@mainstay/service/testing';
import { compose, openStores } from '../src/compose.js';
import { configSchema } from '../src/config.js';
import { createSessionMac } from '../src/sessions/session-mac.js';
import type { Lookup } from '../src/upstreams/addresses.js';

export interface GatewayPlan {
  redisUrl: string;
  accountsUrl?: string;
  activityUrl?: string;
  /** Further settings, by their names in the environment. */
  settings?: Record<string, string>;
  health?: 'ok' | 'starting' | 'draining';
  /** Replaces the DNS resolver of the system for the host names of the services. */
  lookup?: Lookup;
  /** Replaces the limits that runService sets. */
  serverLimits?: ServerLimits;
}

export interface RunningGateway {
  url: string;
  publicKey: string;
  /** Returns the text that Prometheus scrapes. */
  metrics(): Promise<string>;
  /** Starts the shutdown. */
  drain(): void;
  close(): Promise<void>;
}

const { privateKey, publicKey } = generateIdentityKeys();
export const sessionSecret = 'a-secret-of-the-tests-that-is-long-enough';

/** Returns session content with the MAC that a test gateway accepts for this Redis key. */
export function sealed(key: string, content: object): string {
  const seal = createSessionMac([sessionSecret]).seal(key.replace('session:', ''), content as SessionData);
  return JSON.stringify(seal);
}

/** Starts the gateway as main.ts does, on a free port. */
export async function runGateway(plan: GatewayPlan): Promise<RunningGateway> {
  const nowhere = 'http://127.0.0.1:9';
  const runtime = createTestRuntime({
    name: 'gateway',
    configSchema,
    settings: {
      REDIS_URL: testRedisUrl(plan.redisUrl, 'gateway'),
      ACCOUNTS_URL: plan.accountsUrl ?? nowhere,
      ACTIVITY_URL: plan.activityUrl ?? nowhere,
      SESSION_SECRET: sessionSecret,
      IDENTITY_PRIVATE_KEYS: privateKey,
      RATE_LIMIT_ANONYMOUS_MAX: '10000',
      ...plan.settings,
    },
    level: process.env.TEST_LOG ? 'debug' : 'silent',
    status: plan.health ?? 'ok',
  });
  const { config, metrics } = runtime;
  const stores = openStores(runtime);
  const app = compose(runtime, stores, plan);
  if (stores.redis.status !== 'ready') await once(stores.redis, 'ready');
  const { connectionsMax, bodyBytesMax } = config;
  const server = serverOf(app, { connectionsMax, ...plan.serverLimits }, bodyBytesMax);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    publicKey,
    metrics: async () => (await metrics.render()).body,
    drain: runtime.drain,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await runtime.close();
    },
  };
}

/** Makes the server as runService does, but checks more often for requests that are too slow. */
function serverOf(app: http.RequestListener, limits: ServerLimits, bodyBytesMax: number): http.Server {
  const server = http.createServer({ ...serverOptions, connectionsCheckingInterval: 50 }, app);
  refuseMalformed(limitServer(server, limits), { bodyBytesMax });
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
