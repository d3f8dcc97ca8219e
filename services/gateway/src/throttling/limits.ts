import { createRateLimiters, limiters, type RateLimiters } from '@mainstay/hardening';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from '../config.js';
import { accountDigest } from '../sessions/account-digest.js';
import { currentSession } from '../sessions/current-session.js';
import { createGuesses, type Guesses } from './guesses.js';

type LimitSettings = Pick<
  GatewayConfig,
  'rateLimitWindowS' | 'rateLimitAnonymousMax' | 'rateLimitSessionMax' | 'rateLimitLoginMax'
>;

export interface LimitsOptions {
  redis: Redis;
  log: Log;
  metrics: Pick<Metrics, 'counter'>;
  config: LimitSettings;
}

export interface Limits extends RateLimiters {
  guesses: Guesses;
}

/** The platform's limits: a signed-in caller counts as the user, everybody else as the address. */
export function createLimits({ redis, log, metrics, config }: LimitsOptions): Limits {
  const refusals = metrics.counter({
    name: 'rate_limit_refusals_total',
    help: 'Requests refused by a limit: anonymous, signed_in, logins, password_checks, account_delay, account_lock.',
    labelNames: ['limiter'],
  });
  for (const limiter of [...limiters, 'account_delay', 'account_lock']) refusals.inc({ limiter }, 0);
  const counted = createRateLimiters({
    sendCommand: (command, ...args) => redis.call(command, ...args),
    log,
    windowS: config.rateLimitWindowS,
    anonymousMax: config.rateLimitAnonymousMax,
    sessionMax: config.rateLimitSessionMax,
    loginMax: config.rateLimitLoginMax,
    userIdOf: (req) => currentSession(req)?.userId,
    accountOf: (req) => accountDigest((req.body as { email?: unknown } | undefined)?.email),
    onRefused: (limiter) => refusals.inc({ limiter }),
  });
  const guesses = createGuesses({ redis, config, onRefused: (limiter) => refusals.inc({ limiter }) });
  return { ...counted, guesses };
}
