import { createEventStream, eventKeys } from '@mainstay/events';
import { createIdentityIssuer } from '@mainstay/identity';
import { openRedis, probeRedis, type RedisConnection, type Runtime } from '@mainstay/service';
import { traceEventStream } from '@mainstay/tracing';
import type { Express } from 'express';
import { createApp } from './app.js';
import { upstreamLimits, type GatewayConfig } from './config.js';
import { countRefusals, createLimits } from './intake/limits.js';
import { createOverload } from './intake/overload.js';
import { createSessionCookie } from './intake/session-cookie.js';
import { createSessionBoundRequests } from './intake/session-bound-requests.js';
import type { UpstreamName } from './routes.js';
import { createGuesses } from './sessions/guesses.js';
import { createSessionEvents } from './sessions/session-events.js';
import { RevocableSessionStore } from './sessions/session-store.js';
import { createUserSessions } from './sessions/user-sessions.js';
import { watchRevocations } from './sessions/watch-revocations.js';
import type { Lookup } from './upstreams/addresses.js';
import { openUpstream } from './upstreams/upstream.js';

export interface Stores {
  redis: RedisConnection;
  /** A Redis connection that receives the ids of revoked sessions. */
  subscriber: RedisConnection;
}

/** Opens the connections to Redis, which stores sessions and counters. */
export function openStores({ config, log, metrics, tracing, health, onClose }: Runtime<GatewayConfig>): Stores {
  const options = { address: config, log, metrics, tracing };
  const redis = onClose(openRedis({ ...options, role: 'request' }), 'redis');
  const subscriber = onClose(openRedis({ ...options, role: 'subscriber', writer: redis }), 'subscriber');
  health.require('redis', probeRedis(redis));
  return { redis, subscriber };
}

/** Builds the gateway. `lookup` replaces the DNS resolver of the system for the host names of the services. */
export function compose(
  runtime: Runtime<GatewayConfig>,
  { redis, subscriber }: Stores,
  { lookup }: { lookup?: Lookup } = {},
): Express {
  const { config, log, metrics, tracing, onClose, drainSignal } = runtime;
  const sessions = createUserSessions(redis, { absoluteLifeS: config.sessionAbsoluteS });
  const boundRequests = createSessionBoundRequests({
    exist: (sids) => sessions.exist(sids),
    feedsMax: config.liveFeedsMax,
    addressFeedsMax: config.liveFeedsAddressMax,
    drainSignal,
  });
  onClose(watchRevocations({ subscriber, boundRequests, log }), 'revocations');

  const upstream = (name: UpstreamName, url: string) =>
    onClose(openUpstream({ name, url, ...upstreamLimits(config), log, metrics, tracing, lookup }), name);
  const secrets = config.sessionSecret.map((secret) => secret.reveal());
  const cookie = createSessionCookie({
    name: config.sessionCookieName,
    secrets,
    maxAgeMs: config.sessionAbsoluteS * 1_000,
  });
  const onRefused = countRefusals(metrics);

  return createApp({
    ...runtime,
    sessions,
    store: new RevocableSessionStore({
      redis,
      sessions,
      lifetime: { idleS: config.sessionIdleS, absoluteS: config.sessionAbsoluteS },
      secrets,
    }),
    events: createSessionEvents({ stream: traceEventStream(tracing, createEventStream(redis), eventKeys.stream), log }),
    overload: onClose(createOverload({ config, cookie, log, metrics }), 'overload guard'),
    limits: createLimits({ redis, log, config, onRefused }),
    guesses: createGuesses({ redis, config, onRefused }),
    cookie,
    boundRequests,
    upstreams: {
      accounts: upstream('accounts', config.accountsUrl),
      activity: upstream('activity', config.activityUrl),
    },
    identity: createIdentityIssuer({ privateKeys: config.identityPrivateKeys.map((key) => key.reveal()) }),
  });
}
