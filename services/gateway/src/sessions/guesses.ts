import { AppError } from '@mainstay/errors';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from '../config.js';
import { redisUnavailable } from './redis-unavailable.js';
import { BEGIN_GUESS, FORGET_GUESS } from './guess-scripts.js';

/** NIST SP 800-63B-4 § 3.2.2: at most this many consecutive failures for one account. */
const FAILURES_MAX = 100;
/** How long a known device waits between two attempts from then on. */
const DEVICE_PAUSE_MS = 60_000;
/** How long failures are remembered. */
const REMEMBERED_MS = 30 * 86_400_000;
/**
 * An owner may sign in from this many addresses: home, work and mobile. An account may have the failures of all of them
 * without a delay.
 */
const ADDRESSES_OF_AN_OWNER = 3;

/** A password attempt. It counts as a failure until it is settled. */
export interface Guess {
  /** The password was right: the consecutive failures end. */
  succeeded(): Promise<void>;
  /** The password was not checked: the attempt does not count. */
  undecided(): Promise<void>;
}

/** Password attempts, counted by account over all addresses. */
export interface Guesses {
  /**
   * Starts an attempt. Beyond a few failures each one delays the next attempt; an early attempt neither counts nor
   * prolongs the delay. After 100 failures only devices that signed in before may try, once a minute each, so a
   * stranger cannot lock the owner out. Attempts for an unknown account count too.
   * @throws AppError rate_limited with Retry-After · unavailable while Redis does not answer
   */
  begin(guess: { account: string; device: string | undefined }): Promise<Guess>;
}

export interface GuessesOptions {
  redis: Redis;
  config: Pick<GatewayConfig, 'rateLimitWindowS' | 'rateLimitLoginMax'>;
  onRefused?: (limiter: 'account_delay' | 'account_lock') => void;
}

/** The limits follow from RATE_LIMIT_LOGIN_MAX, the failures of one address, and RATE_LIMIT_WINDOW_S, the longest delay. */
export function createGuesses({ redis, config, onRefused = () => undefined }: GuessesOptions): Guesses {
  const free = config.rateLimitLoginMax * ADDRESSES_OF_AN_OWNER;
  const bounds = [free, config.rateLimitWindowS * 1000, FAILURES_MAX, DEVICE_PAUSE_MS, REMEMBERED_MS];

  const run = (script: string, keys: [string, string], args: (string | number)[]): Promise<unknown> =>
    answered(redis.eval(script, keys.length, ...keys, ...args.map(String)));

  return {
    async begin({ account, device }) {
      const accountKey = `rate:account:${account}`;
      const keys: [string, string] = [accountKey, device === undefined ? accountKey : `rate:device:${device}`];
      const waitMs = Number(await run(BEGIN_GUESS, keys, [device === undefined ? 0 : 1, ...bounds]));
      if (waitMs !== 0) {
        onRefused(waitMs < 0 ? 'account_lock' : 'account_delay');
        throw refusal(waitMs);
      }
      return {
        async succeeded() {
          await answered(redis.del(...keys));
        },
        async undecided() {
          await run(FORGET_GUESS, keys, []);
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
