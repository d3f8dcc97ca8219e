import { LRUCache } from 'lru-cache';
import type { Count } from './process-counters.js';
import type { SendCommand } from './redis-commands.js';

export interface Leasing {
  /** For each key with this prefix, a process reserves a block of hits in Redis and then uses the hits one by one. */
  keyPrefix: string;
  /** The maximum number of hits per window. */
  limit: number;
}

/** Counts the hits of all processes together. Each process reserves blocks of hits in Redis. */
export interface LeasedCounts {
  covers(key: string): boolean;
  /** Uses one hit of this process's block. Returns undefined if the block has no hit left. */
  incrementHere(key: string): Count | undefined;
  /**
   * Takes a new block if this process has no hits left.
   * @throws the error of `send`
   */
  increment(key: string): Promise<Count>;
  reset(key: string): void;
}

/**
 * - KEYS[1]: the counter
 * - ARGV[1]: the wanted hits
 * - ARGV[2]: if the wanted hits would raise the counter above this number, the script gives one hit
 * - ARGV[3]: the window in ms
 *
 * Returns the count, the remaining ms of the window, and the given hits.
 */
const TAKE = `
local block = tonumber(ARGV[1])
if (tonumber(redis.call('GET', KEYS[1])) or 0) + block > tonumber(ARGV[2]) then block = 1 end
local hits = redis.call('INCRBY', KEYS[1], block)
local left = redis.call('PTTL', KEYS[1])
if left <= 0 then
  left = tonumber(ARGV[3])
  redis.call('PEXPIRE', KEYS[1], left)
end
return { hits, left, block }`;

/** A block has at most BLOCK_SHARE of the limit, and at most BLOCK_MAX hits. */
const BLOCK_SHARE = 0.01;
const BLOCK_MAX = 20;
/** Processes take blocks until the counter reaches this share of the limit, and then single hits. */
const LEASED_SHARE = 0.5;
const KEYS_MAX = 10_000;

interface Lease {
  left: number;
  /** The counter in Redis, including the unused hits of the block. */
  hits: number;
  endsAtMs: number;
  resetTime: Date;
}

/**
 * Counts hits in blocks, so that most requests need no call to Redis. Redis counts a whole block before the process
 * uses it, so the limit is never exceeded.
 */
export function createLeasedCounts(
  send: SendCommand,
  { prefix, windowMs, leasing }: { prefix: string; windowMs: number; leasing: Leasing },
): LeasedCounts {
  const block = Math.min(BLOCK_MAX, Math.floor(leasing.limit * BLOCK_SHARE));
  const leases = new LRUCache<string, Lease>({ max: KEYS_MAX });
  const taking = new Set<string>();

  async function take(key: string, wanted: number): Promise<Count> {
    const args = [wanted, leasing.limit * LEASED_SHARE, windowMs].map(String);
    const reply = await send('EVAL', TAKE, '1', `${prefix}${key}`, ...args);
    const [hits, leftMs, given] = reply as [number, number, number];
    const endsAtMs = performance.now() + leftMs;
    // eslint-disable-next-line no-restricted-properties -- the time of day is meant: express-rate-limit wants one
    const lease = { left: given - 1, hits, endsAtMs, resetTime: new Date(Date.now() + leftMs) };
    if (lease.left > 0) leases.set(key, lease);
    return countOf(lease);
  }

  function incrementHere(key: string): Count | undefined {
    const lease = leases.get(key);
    if (!lease || lease.left === 0 || performance.now() >= lease.endsAtMs) return undefined;
    lease.left -= 1;
    return countOf(lease);
  }

  return {
    covers: (key) => block > 1 && key.startsWith(leasing.keyPrefix),
    incrementHere,
    async increment(key) {
      const counted = incrementHere(key);
      if (counted) return counted;
      // While one request takes a block, each concurrent request takes a single hit.
      if (taking.has(key)) return take(key, 1);
      taking.add(key);
      return take(key, block).finally(() => taking.delete(key));
    },
    reset: (key) => void leases.delete(key),
  };
}

const countOf = ({ hits, left, resetTime }: Lease): Count => ({ totalHits: hits - left, resetTime });
