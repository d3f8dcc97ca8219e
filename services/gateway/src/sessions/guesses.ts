import { AppError } from '@mainstay/errors';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from '../config.js';
import { redisUnavailable } from './redis-unavailable.js';
import { BEGIN_GUESS, FORGET_GUESS } from './guess-scripts.js';

/**
 * After this number of consecutive failures for an account, only known devices can try to sign in to the account (NIST
 * SP 800-63B-4 § 3.2.2). A known device has signed in to the account before.
 */
const FAILURES_MAX = 100;
/** After `FAILURES_MAX` failures, a known device must wait for this time between two attempts. */
const DEVICE_PAUSE_MS = 60_000;
/** Redis deletes a failure counter this time after the last failure in the counter. Refused attempts do not count. */
const REMEMBERED_MS = 30 * 86_400_000;
/** The owner of an account can fail RATE_LIMIT_LOGIN_MAX times from each of three IP addresses before delays begin. */
const ADDRESSES_OF_AN_OWNER = 3;

/** A password attempt. The attempt counts as a failure until the caller calls one of these methods. */
export interface Guess {
  /** Resets the failure counters. Call this method if the password was right. */
  succeeded(): Promise<void>;
  /**
   * Call this method if the password was not checked. The attempt then does not count as a failure, and causes no delay.
   */
  undecided(): Promise<void>;
}

/** Limits the password attempts for each account. Attempts from all IP addresses count together. */
export interface Guesses {
  /**
   * Begins an attempt, or throws during the delay after a failure. `device` is the id of a known device, or undefined.
   * Failures on unknown devices never lock out a known device.
   * @throws AppError rate_limited with Retry-After
   * @throws AppError unavailable while Redis does not respond
   */
  begin(guess: { account: string; device: string | undefined }): Promise<Guess>;
}

/** A failure that `BEGIN_GUESS` has counted: the key of the counter, the new `notBefore` and the former `notBefore`. */
type CountedFailure = [key: string, notBefore: number, formerNotBefore: number];

export interface GuessesOptions {
  redis: Redis;
  config: Pick<GatewayConfig, 'rateLimitWindowS' | 'rateLimitLoginMax'>;
  onRefused?: (limiter: 'account_delay' | 'account_lock') => void;
}

/**
 * Creates the limit for password attempts. Redis stores the number of failures for each account and for each known
 * device. The longest delay after a failure is RATE_LIMIT_WINDOW_S for an unknown device, and `DEVICE_PAUSE_MS` for a
 * known device.
 */
export function createGuesses({ redis, config, onRefused = () => undefined }: GuessesOptions): Guesses {
  const failuresWithoutDelay = config.rateLimitLoginMax * ADDRESSES_OF_AN_OWNER;
  const bounds = [failuresWithoutDelay, config.rateLimitWindowS * 1000, FAILURES_MAX, DEVICE_PAUSE_MS, REMEMBERED_MS];

  const run = (script: string, keys: string[], args: (string | number)[]): Promise<unknown> =>
    answered(redis.eval(script, keys.length, ...keys, ...args.map(String)));

  return {
    async begin({ account, device }) {
      const accountKey = `rate:account:${account}`;
      const keys: [string, string] = [accountKey, device === undefined ? accountKey : `rate:device:${device}`];
      const reply = await run(BEGIN_GUESS, keys, [device === undefined ? 0 : 1, ...bounds]);
      if (typeof reply === 'number') {
        onRefused(reply < 0 ? 'account_lock' : 'account_delay');
        throw refusal(reply);
      }
      const counted = reply as CountedFailure[];
      return {
        async succeeded() {
          await answered(redis.del(...keys));
        },
        async undecided() {
          await Promise.all(counted.map(([key, ...times]) => run(FORGET_GUESS, [key], times)));
        },
      };
    },
  };
}

async function answered<Reply>(command: Promise<Reply>): Promise<Reply> {
  try {
    return await command;
  } catch (error) {
    throw redisUnavailable(error);
  }
}

function refusal(waitMs: number): AppError {
  const retryAfterS = Math.max(1, Math.ceil(Math.abs(waitMs) / 1000));
  const detail =
    waitMs < 0
      ? 'Too many failed sign-ins for this e-mail. Sign in with a browser that you have used before.'
      : 'Too many requests - please try again later.';
  return new AppError('rate_limited', detail, { retryAfterS });
}
