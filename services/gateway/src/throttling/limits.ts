import { createRateLimiters, type RateLimiters } from '@mainstay/hardening';
import type { Log } from '@mainstay/logging';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from '../config.js';
import { currentSession } from '../sessions/current-session.js';

type LimitSettings = Pick<
  GatewayConfig,
  'rateLimitWindowS' | 'rateLimitAnonymousMax' | 'rateLimitSessionMax' | 'rateLimitLoginMax'
>;

/** The platform's limits: a signed-in caller counts as the user, everybody else as the address. */
export function createLimits({ redis, log, config }: { redis: Redis; log: Log; config: LimitSettings }): RateLimiters {
  return createRateLimiters({
    sendCommand: (command, ...args) => redis.call(command, ...args),
    log,
    windowS: config.rateLimitWindowS,
    anonymousMax: config.rateLimitAnonymousMax,
    sessionMax: config.rateLimitSessionMax,
    loginMax: config.rateLimitLoginMax,
    userIdOf: (req) => currentSession(req)?.userId,
  });
}
