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
  /** Length of a window in seconds. A caller's window begins with the caller's first request. */
  windowS: number;
  /** Maximum number of requests that callers without a sign-in may send per window from one IP address. */
  anonymousMax: number;
  /** Maximum number of requests that one signed-in user may send per window, from all IP addresses together. */
  sessionMax: number;
  /**
   * Maximum number of failed sign-ins per window for one e-mail address from one IP address. The failed password
   * changes of a signed-in user have a separate count with an equal maximum.
   */
  loginMax: number;
  userIdOf: (req: Request) => string | undefined;
  /**
   * Returns a text that identifies the account. All spellings of an e-mail address must give an equal text. Default: a
   * hash of `email` in the body.
   */
  accountOf?: (req: Request) => string;
  onRefused?: (limiter: Limiter) => void;
}

/** The name of a limit, for metrics. */
export type Limiter = (typeof limiters)[number];
export const limiters = ['anonymous', 'signed_in', 'logins', 'password_checks'] as const;

type LogLine = (message: string, fields?: Record<string, unknown>) => void;

export interface RateLimiters {
  /**
   * Middleware that counts a request for its signed-in user, or for the IP address if no user is signed in. Each
   * process reserves up to 1 % of a user's limit in advance, and no other process can use the reserved requests.
   */
  requests: RequestHandler;
  /**
   * A function that counts a request in the way of the middleware `requests`. Use the function in code that is not a
   * middleware.
   */
  countRequest: RequestLimit['count'];
  /**
   * Middleware that counts a sign-in or registration for the IP address, even if the caller is signed in. Put the
   * middleware after `requests`.
   */
  entries: RequestHandler;
  /**
   * Middleware that counts each sign-in that ends with 401. Each pair of IP address and e-mail address has its own
   * count. Put the middleware after the body parser.
   */
  logins: RequestHandler;
  /**
   * Middleware that counts each reply with 400 as a wrong current password of the signed-in user. Put the middleware
   * only before a handler that responds with 400 for no other reason.
   */
  passwordChecks: RequestHandler;
}

const REDIS_TIMEOUT_MS = 500;
const REDIS_RETRY_AFTER_MS = 1000;
const KEYS_MAX = 50_000;

/** Creates the rate limits of the platform. While Redis does not answer, each process counts requests by itself. */
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
    // Each process reserves some of a user's allowed requests in advance. No requests of an IP address are reserved,
    // because the limit of an IP address also bounds sign-ins and must be exact.
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
      // `requests` has already counted a caller without a sign-in, so this limit skips such a caller.
      skip: (req) => userIdOf(req) === undefined,
    }),
    logins: rateLimit({
      ...common,
      handler: refusing('logins'),
      store: createLimitStore({ sendCommand, prefix: 'rate:login:', windowMs, keysMax: KEYS_MAX }),
      identifier: 'logins',
      limit: loginMax,
      // If the key were the e-mail address alone, a caller could lock out a different user. So the key also contains
      // the IP address.
      keyGenerator: (req) => `${addressGroupOf(req)}:${accountOf(req)}`,
      skipSuccessfulRequests: true,
      // Only 401 means a failed sign-in. A malformed request gets 400, and a request during an outage gets 503.
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

/**
 * Returns a digest of the e-mail address, so that Redis never contains the address. For example, `ADA@a.example` and
 * `ada@a.example` get equal digests.
 */
function digestOfEmail(req: Request): string {
  const { email } = (req.body ?? {}) as { email?: unknown };
  // `normalize` takes quadratic time for a text with many combining marks, so `slice` first shortens the text.
  const text = typeof email === 'string' ? email.trim().slice(0, EMAIL_UNITS_MAX).normalize('NFKC').toLowerCase() : '';
  return createHash('sha256').update(text).digest('base64url');
}

function refusalOf(req: Request): AppError {
  const { resetTime } = (req as Request & { rateLimit: RateLimitInfo }).rateLimit;
  // eslint-disable-next-line no-restricted-properties -- resetTime is a time of day
  return tooMany(Math.ceil(((resetTime?.getTime() ?? 0) - Date.now()) / 1_000));
}

/** Without this logger, express-rate-limit would write to the console. */
function loggerOf(log: RateLimitersOptions['log']): Logger {
  return {
    warn: (error, message) => log.warn(message ?? 'the rate limiter warns', { error }),
    error: (error, message) => log.error(message ?? 'the rate limiter reports an error', { error }),
  };
}
