import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { eventKeys } from './keys.js';
import { redisScript } from './redis-script.js';

export interface Lease {
  /** The number of this lease. If another process has taken the lease, scripts that pass this number change nothing. */
  readonly fence: string;
  /** Aborts when the lease is lost, or when a stop was requested. */
  readonly signal: AbortSignal;
  /** Releases the lease. Never rejects, because a lease that cannot be released expires. */
  release(): Promise<void>;
}

export class LeaseLostError extends Error {
  constructor() {
    super('Another process consumes the events now.');
    this.name = 'LeaseLostError';
  }
}

/**
 * The number of a lease is a counter, followed by the random text ARGV[1]. If Redis loses its data, the counter begins
 * at 1 again, but the random text still makes the number unique.
 *
 * If its memory is full, Redis refuses INCR, unless the script has already changed a key. Redis always allows DEL. So
 * the script calls DEL before INCR.
 */
const acquireScript = redisScript(`
  if redis.call('exists', KEYS[1]) == 1 then return false end
  redis.call('del', KEYS[1])
  local fence = redis.call('incr', KEYS[2]) .. ':' .. ARGV[1]
  redis.call('set', KEYS[1], fence, 'px', ARGV[2])
  return fence
`);

const renewScript = redisScript(`
  if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('pexpire', KEYS[1], ARGV[2])
`);

const releaseScript = redisScript(`
  if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('del', KEYS[1])
`);

/** Takes the lease and renews it until the release. Returns null if another process has the lease. */
export async function acquireLease(redis: Redis, leaseMs: number, stop: AbortSignal): Promise<Lease | null> {
  const keys = [eventKeys.lease, eventKeys.fence];
  const fence = await acquireScript.run(redis, keys, [randomUUID(), leaseMs]);
  if (typeof fence !== 'string') return null;

  const ended = new AbortController();
  const end = () => ended.abort();
  const renew = async () => {
    const renewed = await renewScript.run(redis, [eventKeys.lease], [fence, leaseMs]);
    if (renewed !== 1) end();
  };
  // A failed renewal needs no action, because a lease without renewals expires.
  const renewal = setInterval(() => void renew().catch(() => undefined), leaseMs / 3);
  stop.addEventListener('abort', end, { once: true });
  if (stop.aborted) end();

  return {
    fence,
    signal: ended.signal,
    async release() {
      clearInterval(renewal);
      stop.removeEventListener('abort', end);
      await releaseScript.run(redis, [eventKeys.lease], [fence]).catch(() => undefined);
    },
  };
}
