import { createHash } from 'node:crypto';
import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import type { LimitStore } from './limit-store.js';
import type { Count } from './process-counters.js';

/** The result of the limit for one request. */
export interface Standing {
  /** Value of the header `RateLimit` of IETF draft 8. `policy` is the value of the header `RateLimit-Policy`. */
  rateLimit: string;
  policy: string;
  /** AppError rate_limited if the request exceeds the limit. */
  refusal: AppError | undefined;
}

export interface RequestLimitOptions {
  store: LimitStore;
  windowS: number;
  /** Maximum number of requests that callers without a sign-in may send per window from one IP address. */
  anonymousMax: number;
  /** Maximum number of requests that one signed-in user may send per window, from all IP addresses together. */
  sessionMax: number;
  userIdOf: (req: Request) => string | undefined;
  addressGroupOf: (req: Request) => string;
  onRefused: (limiter: 'anonymous' | 'signed_in') => void;
}

export interface RequestLimit {
  /** Adds a request to the count of its caller. Returns a promise if Redis must be called. */
  count: (req: Request) => Standing | Promise<Standing>;
  /**
   * Middleware that counts the request and sets the headers `RateLimit` and `RateLimit-Policy`. A request beyond the
   * limit is refused.
   */
  handler: RequestHandler;
}

const POLICIES_MAX = 10_000;

/**
 * Creates the limit that counts every request. express-rate-limit is not used here, because express-rate-limit creates
 * several promises and a hash per request.
 */
export function createRequestLimit(options: RequestLimitOptions): RequestLimit {
  const { store, windowS, anonymousMax, sessionMax, userIdOf, addressGroupOf, onRefused } = options;
  const policies = new LRUCache<string, string>({ max: POLICIES_MAX });

  function policyOf(key: string, name: string, limit: number): string {
    const known = policies.get(key);
    if (known !== undefined) return known;
    const policy = `"${name}"; q=${limit}; w=${windowS}; pk=:${partitionOf(key)}:`;
    policies.set(key, policy);
    return policy;
  }

  function standingOf(key: string, isUser: boolean, { totalHits, resetTime }: Count): Standing {
    const [name, limit] = isUser ? ['signed-in', sessionMax] : ['anonymous', anonymousMax];
    // eslint-disable-next-line no-restricted-properties -- resetTime is a time of day
    const resetS = Math.max(0, Math.ceil((resetTime.getTime() - Date.now()) / 1_000));
    if (totalHits > limit) onRefused(isUser ? 'signed_in' : 'anonymous');
    return {
      rateLimit: `"${name}"; r=${Math.max(limit - totalHits, 0)}; t=${resetS}`,
      policy: policyOf(key, name, limit),
      refusal: totalHits > limit ? tooMany(resetS) : undefined,
    };
  }

  function count(req: Request): Standing | Promise<Standing> {
    const userId = userIdOf(req);
    const isUser = userId !== undefined;
    const key = isUser ? `user:${userId}` : `address:${addressGroupOf(req)}`;
    const leased = store.incrementHere(key);
    if (leased) return standingOf(key, isUser, leased);
    return store.increment(key).then((counted) => standingOf(key, isUser, counted));
  }

  return {
    count,
    async handler(req, res, next) {
      const { rateLimit, policy, refusal } = await count(req);
      res.setHeader('ratelimit', rateLimit);
      res.setHeader('ratelimit-policy', policy);
      next(refusal);
    },
  };
}

export function tooMany(resetS: number): AppError {
  return new AppError('rate_limited', 'Too many requests - please try again later.', {
    retryAfterS: Math.max(1, resetS),
  });
}

/**
 * Returns the partition key, which identifies the caller in the header `RateLimit-Policy`. The partition key has the
 * format of express-rate-limit.
 */
function partitionOf(key: string): string {
  return Buffer.from(createHash('sha256').update(key).digest('hex').slice(0, 12)).toString('base64');
}
