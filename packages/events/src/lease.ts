import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { eventKeys } from './keys.js';
import { redisScript } from './redis-script.js';

export interface Lease {
  /** Every script that consumes compares this with what Redis holds, so a holder that overslept changes nothing. */
  readonly fence: string;
  /** Aborts when the lease is lost, or at the stop that it was asked for with. */
  readonly signal: AbortSignal;
  /** Gives it up for the next one. Never rejects: a lease that cannot be given back expires. */
  release(): Promise<void>;
}

export class LeaseLostError extends Error {
  constructor() {
    super('Another process consumes the events now.');
    this.name = 'LeaseLostError';
  }
}

/**
 * The number makes each lease new; the random part keeps it so after a Redis that was wiped counts from 1 again.
 * DEL comes first because a Redis whose memory is full refuses SET and INCR unless the script has begun to write, and
 * consuming is what frees memory.
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

/** Takes the lease for `leaseMs` and renews it until it is released; null while somebody else holds it. */
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
  // A renewal that fails needs no answer here: the lease expires in Redis, and the next fenced script says so.
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
