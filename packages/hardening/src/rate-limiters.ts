import { createHash } from 'node:crypto';
import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';
import { rateLimit, type Logger, type Options, type RateLimitInfo } from 'express-rate-limit';
import { addressGroupOf } from './client-address.js';
import { createLimitStore } from './limit-store.js';
import { failFast, type SendCommand } from './redis-commands.js';

export interface RateLimitersOptions {
  /** Where the counts are shared. It should fail rather than queue while Redis is down; it is given 500 ms. */
  sendCommand: SendCommand;
  log: { info: LogLine; warn: LogLine; error: LogLine };
  /** The length of a window, which begins with a caller's first request. */
  windowS: number;
  /** Requests in a window of an address nobody has signed in from, … */
  anonymousMax: number;
  /** … of a signed-in user, from wherever, … */
  sessionMax: number;
  /** … failed sign-ins of an address for one e-mail, and wrong present passwords of a signed-in user. */
  loginMax: number;
  /** The signed-in user, if any. */
  userIdOf: (req: Request) => string | undefined;
  /** Stands for the e-mail of a sign-in, the same for all its spellings. Default: a hash of the body's `email`. */
  accountOf?: (req: Request) => string;
  /** Told of each request that a limit refused. */
  onRefused?: (limiter: Limiter) => void;
}

/** `anonymous` and `signed_in` are the two sides of `requests`. */
export type Limiter = (typeof limiters)[number];
export const limiters = ['anonymous', 'signed_in', 'logins', 'password_checks'] as const;

type LogLine = (message: string, fields?: Record<string, unknown>) => void;

export interface RateLimiters {
  /**
   * Counts each request, by user if signed in, else by address. A user's requests are counted in blocks of at most 1 % of the limit, until half of it is used: each
   * process takes a block in advance. So never more than the limit pass, and a block less for each process where the user's requests change between them.
   */
  requests: RequestHandler;
  /**
   * Counts a signed-in user's request by address too. It stands behind `requests`, before routes where nobody's own session may lift the limit on
   * guessing: sign-in and registration.
   */
  entries: RequestHandler;
  /**
   * Counts failed sign-ins: replies 401 of the route it stands before, after the body's parser. The key is address and e-mail, so that nobody
   * can lock somebody else out; an attempt is counted while it runs, so that many at once are no way around it.
   */
  logins: RequestHandler;
  /**
   * Counts wrong present passwords of a signed-in user, from wherever: who has a stolen session must not guess on. It stands before a handler to which
   * only valid requests come, so that a reply 400 can mean nothing else.
   */
  passwordChecks: RequestHandler;
}

const REDIS_TIMEOUT_MS = 500;
const REDIS_RETRY_AFTER_MS = 1000;
const KEYS_MAX = 50_000;

/**
 * The platform's limits: beyond one, AppError rate_limited with `Retry-After`; `RateLimit` headers (IETF draft 8) in every reply.
 * While Redis does not answer each process counts by itself: no request fails for it, and none goes uncounted.
 */
export function createRateLimiters(options: RateLimitersOptions): RateLimiters {
  const { log, windowS, anonymousMax, sessionMax, loginMax, userIdOf } = options;
  const { accountOf = digestOfEmail, onRefused = () => undefined } = options;
  const windowMs = windowS * 1000;
  const sendCommand = failFast(options.sendCommand, {
    timeoutMs: REDIS_TIMEOUT_MS,
    retryAfterMs: REDIS_RETRY_AFTER_MS,
    onDown: (error) => log.warn('Redis does not answer: each process counts rate limits by itself', { error }),
    onUp: () => log.info('Redis answers again: the rate limits are shared'),
  });
  const common = {
    windowMs,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    logger: loggerOf(log),
  } satisfies Partial<Options>;

  const refusing =
    (limiterOf: (req: Request) => Limiter): Options['handler'] =>
    (req, _res, next) => {
      onRefused(limiterOf(req));
      next(refusalOf(req));
    };

  return {
    requests: rateLimit({
      ...common,
      handler: refusing((req) => (userIdOf(req) === undefined ? 'anonymous' : 'signed_in')),
      // An address is never leased: that is what bounds sign-ins and registrations of callers who are not signed in.
      store: createLimitStore({
        sendCommand,
        prefix: 'rate:',
        windowMs,
        keysMax: KEYS_MAX,
        leasing: { keyPrefix: 'user:', limit: sessionMax },
      }),
      identifier: (req) => (userIdOf(req) === undefined ? 'anonymous' : 'signed-in'),
      limit: (req) => (userIdOf(req) === undefined ? anonymousMax : sessionMax),
      keyGenerator: (req) => {
        const userId = userIdOf(req);
        return userId === undefined ? `address:${addressGroupOf(req)}` : `user:${userId}`;
      },
    }),
    entries: rateLimit({
      ...common,
      handler: refusing(() => 'anonymous'),
      store: createLimitStore({ sendCommand, prefix: 'rate:', windowMs, keysMax: KEYS_MAX }),
      identifier: 'anonymous',
      limit: anonymousMax,
      keyGenerator: (req) => `address:${addressGroupOf(req)}`,
      skip: (req) => userIdOf(req) === undefined, // counted already
    }),
    logins: rateLimit({
      ...common,
      handler: refusing(() => 'logins'),
      store: createLimitStore({ sendCommand, prefix: 'rate:login:', windowMs, keysMax: KEYS_MAX }),
      identifier: 'logins',
      limit: loginMax,
      keyGenerator: (req) => `${addressGroupOf(req)}:${accountOf(req)}`,
      skipSuccessfulRequests: true,
      // Only a wrong password counts: neither a malformed request nor our own 503 may use up somebody's attempts.
      requestWasSuccessful: (_req, res) => res.statusCode !== 401,
    }),
    passwordChecks: rateLimit({
      ...common,
      handler: refusing(() => 'password_checks'),
      store: createLimitStore({ sendCommand, prefix: 'rate:password:', windowMs, keysMax: KEYS_MAX }),
      identifier: 'password-checks',
      limit: loginMax,
      keyGenerator: (req) => userIdOf(req) ?? addressGroupOf(req),
      skipSuccessfulRequests: true,
      requestWasSuccessful: (_req, res) => res.statusCode !== 400,
    }),
  };
}

/** Equal for all spellings that may reach the same user; hashed, for a key should neither tell an e-mail nor be as long as its sender likes. */
function digestOfEmail(req: Request): string {
  const { email } = (req.body ?? {}) as { email?: unknown };
  const text = typeof email === 'string' ? email.trim().normalize('NFKC').toLowerCase() : '';
  return createHash('sha256').update(text).digest('base64url');
}

function refusalOf(req: Request): AppError {
  const { resetTime } = (req as Request & { rateLimit: RateLimitInfo }).rateLimit;
  // eslint-disable-next-line no-restricted-properties -- the time of day is meant: resetTime is one
  const retryAfterS = Math.max(1, Math.ceil(((resetTime?.getTime() ?? 0) - Date.now()) / 1000));
  return new AppError('rate_limited', 'Too many requests - please try again later.', { retryAfterS });
}

/** The library's own complaints, which would else go to the console. */
function loggerOf(log: RateLimitersOptions['log']): Logger {
  return {
    warn: (error, message) => log.warn(message ?? 'the rate limiter warns', { error }),
    error: (error, message) => log.error(message ?? 'the rate limiter reports an error', { error }),
  };
}
