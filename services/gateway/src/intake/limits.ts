import { createRateLimiters, limiters, type RateLimiters } from '@mainstay/hardening';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from '../config.js';
import { accountDigest } from './account-digest.js';
import { currentSession } from './current-session.js';

export type Limits = RateLimiters;

/** The values of the metric label `limiter`. */
export type Limiter = (typeof limiters)[number] | 'account_delay' | 'account_lock';

export interface LimitsOptions {
  redis: Redis;
  log: Log;
  config: Pick<
    GatewayConfig,
    'rateLimitWindowS' | 'rateLimitAnonymousMax' | 'rateLimitSessionMax' | 'rateLimitLoginMax'
  >;
  onRefused: (limiter: Limiter) => void;
}

/** The rate limits. Signed-in requests count for the user, anonymous requests for the address. */
export function createLimits({ redis, log, config, onRefused }: LimitsOptions): Limits {
  return createRateLimiters({
    sendCommand: (command, ...args) => redis.call(command, ...args),
    log,
    windowS: config.rateLimitWindowS,
    anonymousMax: config.rateLimitAnonymousMax,
    sessionMax: config.rateLimitSessionMax,
    loginMax: config.rateLimitLoginMax,
    userIdOf: (req) => currentSession(req)?.userId,
    accountOf: (req) => accountDigest((req.body as { email?: unknown } | undefined)?.email),
    onRefused,
  });
}

export function countRefusals(metrics: Pick<Metrics, 'counter'>): (limiter: Limiter) => void {
  const refusals = metrics.counter({
    name: 'rate_limit_refusals_total',
    help: 'Requests refused by a limit: anonymous, signed_in, logins, password_checks, account_delay, account_lock.',
    labelNames: ['limiter'],
  });
  for (const limiter of [...limiters, 'account_delay', 'account_lock']) refusals.inc({ limiter }, 0);
  return (limiter) => refusals.inc({ limiter });
}
