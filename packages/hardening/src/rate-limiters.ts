import { createHash } from 'node:crypto';
import type { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';
import { rateLimit, type Logger, type Options, type RateLimitInfo } from 'express-rate-limit';
import { addressGroupOf } from './client-address.js';
import { createLimitStore } from './limit-store.js';
import { failFast, type SendCommand } from './redis-commands.js';
import { createRequestLimit, tooMany, type RequestLimit } from './request-limit.js';

export interface RateLimitersOptions {
  /** Sends a command to the shared Redis. The function must reject at once while Redis is down. */
  sendCommand: SendCommand;
  log: { info: LogLine; warn: LogLine; error: LogLine };
  /** The length of a window. A window begins with a caller's first request. */
  windowS: number;
  /** Requests per window from one address, by callers who are not signed in. */
  anonymousMax: number;
  /** Requests per window of one signed-in user, from all addresses together. */
  sessionMax: number;
  /** Failed sign-ins per window with one e-mail from one address. The same number limits a user's failed password changes. */
  loginMax: number;
  userIdOf: (req: Request) => string | undefined;
  /** Returns the same text for all spellings of an e-mail. Default: a hash of the body's `email`. */
  accountOf?: (req: Request) => string;
  onRefused?: (limiter: Limiter) => void;
}

/** The name of a limit, for metrics. */
export type Limiter = (typeof limiters)[number];
export const limiters = ['anonymous', 'signed_in', 'logins', 'password_checks'] as const;

type LogLine = (message: string, fields?: Record<string, unknown>) => void;

export interface RateLimiters {
  /**
   * Counts a request by user, or by address if no user is signed in. Each process reserves up to 1 % of a user's limit
   * in advance, and no other process can use this reserve.
   */
  requests: RequestHandler;
  /** Counts like `requests`, for code that is not a middleware. */
  countRequest: RequestLimit['count'];
  /** Counts sign-ins and registrations by address, even those of a signed-in caller. Put it after `requests`. */
  entries: RequestHandler;
  /** Counts sign-ins that end with 401, by address and e-mail. Put it after the body parser. */
  logins: RequestHandler;
  /**
   * Counts each reply with 400 as a wrong current password of the signed-in user. Put it only before a handler that
   * responds with 400 for no other reason.
   */
  passwordChecks: RequestHandler;
}

const REDIS_TIMEOUT_MS = 500;
const REDIS_RETRY_AFTER_MS = 1000;
const KEYS_MAX = 50_000;

/** Makes the platform's rate limits. While Redis does not answer, each process counts alone. */
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
    (limiter: Limiter): Options['handler'] =>
    (req, _res, next) => {
      onRefused(limiter);
      next(refusalOf(req));
    };

  const requests = createRequestLimit({
    ...{ windowS, anonymousMax, sessionMax, userIdOf, addressGroupOf, onRefused },
    // Only a user's limit is reserved in advance. An address's limit must be exact, because it also bounds sign-ins.
    store: createLimitStore({
      sendCommand,
      prefix: 'rate:',
      windowMs,
      keysMax: KEYS_MAX,
      leasing: { keyPrefix: 'user:', limit: sessionMax },
    }),
  });

  return {
    requests: requests.handler,
    countRequest: requests.count,
    entries: rateLimit({
      ...common,
      handler: refusing('anonymous'),
      store: createLimitStore({ sendCommand, prefix: 'rate:', windowMs, keysMax: KEYS_MAX }),
      identifier: 'anonymous',
      limit: anonymousMax,
      keyGenerator: (req) => `address:${addressGroupOf(req)}`,
      // `requests` has already counted the address of an anonymous caller.
      skip: (req) => userIdOf(req) === undefined,
    }),
    logins: rateLimit({
      ...common,
      handler: refusing('logins'),
      store: createLimitStore({ sendCommand, prefix: 'rate:login:', windowMs, keysMax: KEYS_MAX }),
      identifier: 'logins',
      limit: loginMax,
      // If the key were the e-mail alone, a caller could lock out another user.
      keyGenerator: (req) => `${addressGroupOf(req)}:${accountOf(req)}`,
      skipSuccessfulRequests: true,
      // A malformed request (400) or an outage (503) is not a failed sign-in.
      requestWasSuccessful: (_req, res) => res.statusCode !== 401,
    }),
    passwordChecks: rateLimit({
      ...common,
      handler: refusing('password_checks'),
      store: createLimitStore({ sendCommand, prefix: 'rate:password:', windowMs, keysMax: KEYS_MAX }),
      identifier: 'password-checks',
      limit: loginMax,
      keyGenerator: (req) => userIdOf(req) ?? addressGroupOf(req),
      skipSuccessfulRequests: true,
      requestWasSuccessful: (_req, res) => res.statusCode !== 400,
    }),
  };
}

const EMAIL_UNITS_MAX = 1_024;

/** `ADA@a.example` and `ada@a.example` get the same digest. Redis never contains the e-mail. */
function digestOfEmail(req: Request): string {
  const { email } = (req.body ?? {}) as { email?: unknown };
  // Cut the text before `normalize`, which takes quadratic time for many combining marks.
  const text = typeof email === 'string' ? email.trim().slice(0, EMAIL_UNITS_MAX).normalize('NFKC').toLowerCase() : '';
  return createHash('sha256').update(text).digest('base64url');
}

function refusalOf(req: Request): AppError {
  const { resetTime } = (req as Request & { rateLimit: RateLimitInfo }).rateLimit;
  // eslint-disable-next-line no-restricted-properties -- the time of day is meant: resetTime is one
  return tooMany(Math.ceil(((resetTime?.getTime() ?? 0) - Date.now()) / 1_000));
}

/** Without this logger, express-rate-limit would write to the console. */
function loggerOf(log: RateLimitersOptions['log']): Logger {
  return {
    warn: (error, message) => log.warn(message ?? 'the rate limiter warns', { error }),
    error: (error, message) => log.error(message ?? 'the rate limiter reports an error', { error }),
  };
}
