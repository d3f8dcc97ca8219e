import type { Options, Store } from 'express-rate-limit';
import { RedisStore, type RedisReply } from 'rate-limit-redis';
import { createLeasedCounts, type Leasing } from './leased-counts.js';
import { createProcessCounters, type Count } from './process-counters.js';
import { withScripts, type SendCommand } from './redis-commands.js';

export interface LimitStoreOptions {
  /** Sends a command to Redis. The function must reject at once while Redis is down. */
  sendCommand: SendCommand;
  prefix: string;
  windowMs: number;
  /** The maximum number of counters in this process. These counters count while Redis is down. */
  keysMax: number;
  /** If absent, each hit is counted in Redis one by one. */
  leasing?: Leasing;
}

/** The counters of a limit, for express-rate-limit and for `createRequestLimit`. */
export interface LimitStore extends Store {
  increment(key: string): Promise<Count>;
  /** Uses one hit of this process's block, without Redis. Returns undefined if the block has no hit left. */
  incrementHere(key: string): Count | undefined;
}

/** If the window has ended, a plain DECR would make a counter that never expires. */
const DECREMENT = `
local hits = tonumber(redis.call('GET', KEYS[1]))
if hits and hits > 0 then return redis.call('DECR', KEYS[1]) end
return 0`;

/** Counts in Redis, or in this process while Redis does not answer. A call never fails. */
export function createLimitStore({ sendCommand, prefix, windowMs, keysMax, leasing }: LimitStoreOptions): LimitStore {
  const send = withScripts(sendCommand);
  const shared = new RedisStore({ prefix, sendCommand: (...command) => send(...command) as Promise<RedisReply> });
  // This call needs no Redis, because `withScripts` itself answers SCRIPT LOAD.
  void shared.init({ windowMs } as Options);
  const own = createProcessCounters({ windowMs, keysMax });
  const leased = leasing && createLeasedCounts(send, { prefix, windowMs, leasing });

  async function sharedOr<T>(ask: () => Promise<T>, fallback: () => T): Promise<T> {
    try {
      return await ask();
    } catch {
      // `failFast` logs the outage once, so do not log it for each request.
      return fallback();
    }
  }

  return {
    prefix,
    incrementHere: (key) => leased?.incrementHere(key),
    increment: (key) =>
      sharedOr(
        () => (leased?.covers(key) ? leased : shared).increment(key) as Promise<Count>,
        () => own.increment(key),
      ),
    decrement: (key) =>
      sharedOr<void>(
        async () => void (await send('EVAL', DECREMENT, '1', `${prefix}${key}`)),
        () => own.decrement(key),
      ),
    resetKey: (key) => {
      own.reset(key);
      leased?.reset(key);
      return sharedOr<void>(
        () => shared.resetKey(key),
        () => undefined,
      );
    },
  };
}
