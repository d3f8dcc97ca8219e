import { LRUCache } from 'lru-cache';
import type { Count } from './process-counters.js';
import type { SendCommand } from './redis-commands.js';

/**
 * Settings for reserving hits. A hit is one counted request. A process reserves a block of several hits with one call
 * to Redis, and then uses the hits one by one.
 */
export interface Leasing {
  /**
   * A prefix of keys. If a key has this prefix, a process can reserve several hits with one call to Redis. For any
   * other key, each hit needs its own call.
   */
  keyPrefix: string;
  /** Maximum number of hits of a key per window. */
  limit: number;
}

/** Counters of hits. All processes share each counter. */
export interface LeasedCounts {
  covers(key: string): boolean;
  /**
   * Consumes one of the hits that this process has reserved in Redis. Returns undefined if the process has no reserved
   * hit left.
   */
  incrementHere(key: string): Count | undefined;
  /**
   * Consumes one reserved hit. If this process has no reserved hit left, the function first reserves hits in Redis.
   * @throws the error of `send`
   */
  increment(key: string): Promise<Count>;
  reset(key: string): void;
}

/**
 * This script reserves a block of hits in Redis.
 *
 * - KEYS[1]: name of the counter of reserved hits
 * - ARGV[1]: number of hits in the block
 * - ARGV[2]: if the block would raise the counter above this number, the script reserves only one hit
 * - ARGV[3]: length of the window in ms
 *
 * The script returns the counter, the remaining ms of the window, and the number of reserved hits.
 */
const RESERVE = `
local block = tonumber(ARGV[1])
if (tonumber(redis.call('GET', KEYS[1])) or 0) + block > tonumber(ARGV[2]) then block = 1 end
local hits = redis.call('INCRBY', KEYS[1], block)
local left = redis.call('PTTL', KEYS[1])
if left <= 0 then
  left = tonumber(ARGV[3])
  redis.call('PEXPIRE', KEYS[1], left)
end
return { hits, left, block }`;

/**
 * A process reserves a block of hits at a time. The size of a block is BLOCK_SHARE of the limit, but at most BLOCK_MAX
 * hits.
 */
const BLOCK_SHARE = 0.01;
const BLOCK_MAX = 20;
/**
 * If the next block of reserved hits would raise the counter above this share of the limit, the process reserves a
 * single hit instead.
 */
const BLOCKS_SHARE = 0.5;
const KEYS_MAX = 10_000;

interface Block {
  unusedHits: number;
  /** Number of hits that all processes had reserved when this block was reserved, including the hits of this block. */
  counter: number;
  endsAtMs: number;
  resetTime: Date;
}

/**
 * Reserves several hits with one call to Redis, so that most hits need no call. Redis counts each hit before a process
 * uses the hit, so the limit is never exceeded.
 */
export function createLeasedCounts(
  send: SendCommand,
  { prefix, windowMs, leasing }: { prefix: string; windowMs: number; leasing: Leasing },
): LeasedCounts {
  const blockSize = Math.min(BLOCK_MAX, Math.floor(leasing.limit * BLOCK_SHARE));
  const blocks = new LRUCache<string, Block>({ max: KEYS_MAX });
  const reserving = new Set<string>();

  async function reserve(key: string, wanted: number): Promise<Count> {
    const args = [wanted, leasing.limit * BLOCKS_SHARE, windowMs].map(String);
    const reply = await send('EVAL', RESERVE, '1', `${prefix}${key}`, ...args);
    const [counter, leftMs, reserved] = reply as [number, number, number];
    const endsAtMs = performance.now() + leftMs;
    // eslint-disable-next-line no-restricted-properties -- express-rate-limit expects a time of day
    const block = { unusedHits: reserved - 1, counter, endsAtMs, resetTime: new Date(Date.now() + leftMs) };
    if (block.unusedHits > 0) blocks.set(key, block);
    return countOf(block);
  }

  function incrementHere(key: string): Count | undefined {
    const block = blocks.get(key);
    if (!block || block.unusedHits === 0 || performance.now() >= block.endsAtMs) return undefined;
    block.unusedHits -= 1;
    return countOf(block);
  }

  return {
    covers: (key) => blockSize > 1 && key.startsWith(leasing.keyPrefix),
    incrementHere,
    async increment(key) {
      const counted = incrementHere(key);
      if (counted) return counted;
      // While one request reserves a block, each concurrent request reserves a single hit.
      if (reserving.has(key)) return reserve(key, 1);
      reserving.add(key);
      return reserve(key, blockSize).finally(() => reserving.delete(key));
    },
    reset: (key) => void blocks.delete(key),
  };
}

const countOf = ({ counter, unusedHits, resetTime }: Block): Count => ({ totalHits: counter - unusedHits, resetTime });
