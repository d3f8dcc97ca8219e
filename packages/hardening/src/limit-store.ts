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
  /**
   * Maximum number of counters in the memory of this process. The process uses its own counters only while Redis is
   * down.
   */
  keysMax: number;
  /** If set, a process can reserve several hits with one call to Redis. Default: each hit needs one call. */
  leasing?: Leasing;
}

/** The counters of a limit, for express-rate-limit and for `createRequestLimit`. */
export interface LimitStore extends Store {
  increment(key: string): Promise<Count>;
  /**
   * Consumes one of the hits that this process has reserved in Redis. Returns undefined if the process has no reserved
   * hit left.
   */
  incrementHere(key: string): Count | undefined;
}

/**
 * The counter no longer exists after its window has ended. A plain DECR would then create a counter that never expires,
 * so the script first checks the counter.
 */
const DECREMENT = `
local hits = tonumber(redis.call('GET', KEYS[1]))
if hits and hits > 0 then return redis.call('DECR', KEYS[1]) end
return 0`;

/**
 * Creates a store that counts hits in Redis. While Redis does not answer, the process counts by itself, so that no call
 * of the store fails.
 */
export function createLimitStore({ sendCommand, prefix, windowMs, keysMax, leasing }: LimitStoreOptions): LimitStore {
  const send = withScripts(sendCommand);
  const shared = new RedisStore({ prefix, sendCommand: (...command) => send(...command) as Promise<RedisReply> });
  // `init` loads scripts with the Redis command SCRIPT LOAD. `withScripts` answers SCRIPT LOAD without Redis, so `init`
  // cannot fail while Redis is down.
  void shared.init({ windowMs } as Options);
  const own = createProcessCounters({ windowMs, keysMax });
  const leased = leasing && createLeasedCounts(send, { prefix, windowMs, leasing });

  async function sharedOr<T>(ask: () => Promise<T>, fallback: () => T): Promise<T> {
    try {
      return await ask();
    } catch {
      // The error is not logged here for each request, because `failFast` already reports each outage of Redis once.
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
