import '@mainstay/service/supported-node';
import { createEventStream, eventKeys } from '@mainstay/events';
import { createIdentityIssuer } from '@mainstay/identity';
import { openRedis, probeRedis, runService } from '@mainstay/service';
import { traceEventStream } from '@mainstay/tracing';
import { createApp } from './app.js';
import { configSchema, upstreamLimits } from './config.js';
import { createSessionBoundRequests } from './intake/session-bound-requests.js';
import { createGuesses } from './sessions/guesses.js';
import { createSessionEvents } from './sessions/session-events.js';
import { RevocableSessionStore } from './sessions/session-store.js';
import { createUserSessions } from './sessions/user-sessions.js';
import { watchRevocations } from './sessions/watch-revocations.js';
import { countRefusals, createLimits } from './intake/limits.js';
import { createOverload } from './intake/overload.js';
import { openUpstream } from './upstreams/upstream.js';

await runService({ name: 'gateway', configSchema }, (runtime) => {
  const { config, log, metrics, tracing, health, onClose, drainSignal } = runtime;
  const redisOptions = { address: config, log, metrics, tracing };
  const redis = onClose(openRedis({ ...redisOptions, role: 'request' }), 'redis');
  const subscriber = onClose(openRedis({ ...redisOptions, role: 'subscriber', writer: redis }), 'subscriber');
  health.require('redis', probeRedis(redis));

  const sessions = createUserSessions(redis, { absoluteLifeS: config.sessionAbsoluteS });
  const lifetime = { idleS: config.sessionIdleS, absoluteS: config.sessionAbsoluteS };
  const boundRequests = createSessionBoundRequests({
    exist: (sids) => sessions.exist(sids),
    feedsMax: config.liveFeedsMax,
    addressFeedsMax: config.liveFeedsAddressMax,
    drainSignal,
  });
  onClose(watchRevocations({ subscriber, boundRequests, log }), 'revocations');

  const upstreamOptions = { ...upstreamLimits(config), log, metrics, tracing };
  const upstreams = {
    accounts: onClose(openUpstream({ name: 'accounts', url: config.accountsUrl, ...upstreamOptions }), 'accounts'),
    activity: onClose(openUpstream({ name: 'activity', url: config.activityUrl, ...upstreamOptions }), 'activity'),
  };

  const onRefused = countRefusals(metrics);
  return createApp({
    ...runtime,
    sessions,
    store: new RevocableSessionStore({
      redis,
      sessions,
      lifetime,
      secrets: config.sessionSecret.map((secret) => secret.reveal()),
    }),
    events: createSessionEvents({ stream: traceEventStream(tracing, createEventStream(redis), eventKeys.stream), log }),
    overload: onClose(createOverload({ config, log, metrics }), 'overload guard'),
    limits: createLimits({ redis, log, config, onRefused }),
    guesses: createGuesses({ redis, config, onRefused }),
    boundRequests,
    upstreams,
    identity: createIdentityIssuer({ privateKeys: config.identityPrivateKeys.map((key) => key.reveal()) }),
  });
});
