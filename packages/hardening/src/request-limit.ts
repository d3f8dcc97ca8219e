import { createHash } from 'node:crypto';
import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import type { LimitStore } from './limit-store.js';
import type { Count } from './process-counters.js';

/** The result of a limit for one request. */
export interface Standing {
  /** The values of the headers `RateLimit` and `RateLimit-Policy` (IETF draft 8). */
  rateLimit: string;
  policy: string;
  /** AppError rate_limited if the request is beyond the limit. */
  refusal: AppError | undefined;
}

export interface RequestLimitOptions {
  store: LimitStore;
  windowS: number;
  /** Requests per window from one address, by callers who are not signed in. */
  anonymousMax: number;
  /** Requests per window of a signed-in user, from any address. */
  sessionMax: number;
  userIdOf: (req: Request) => string | undefined;
  addressGroupOf: (req: Request) => string;
  onRefused: (limiter: 'anonymous' | 'signed_in') => void;
}

export interface RequestLimit {
  /** Counts a request. Returns a promise if the count needs Redis. */
  count: (req: Request) => Standing | Promise<Standing>;
  /** `count` as a middleware that also sets the headers. */
  handler: RequestHandler;
}

const POLICIES_MAX = 10_000;

/**
 * Makes the limit that counts every request. express-rate-limit is not used here, because it costs several promises and
 * a hash per request.
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
    // eslint-disable-next-line no-restricted-properties -- the time of day is meant: resetTime is one
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

/** The partition key in the format of express-rate-limit. */
function partitionOf(key: string): string {
  return Buffer.from(createHash('sha256').update(key).digest('hex').slice(0, 12)).toString('base64');
}
