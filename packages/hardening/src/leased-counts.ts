import { LRUCache } from 'lru-cache';
import type { Count } from './process-counters.js';
import type { SendCommand } from './redis-commands.js';

/** A hit is one counted request. A process reserves a block of hits in Redis, and then uses the hits one by one. */
export interface Leasing {
  /** Only hits of keys with this prefix are reserved in blocks. */
  keyPrefix: string;
  /** The maximum number of hits per window. */
  limit: number;
}

/** Counts the hits of all processes together. */
export interface LeasedCounts {
  covers(key: string): boolean;
  /** Uses one hit of this process's block. Returns undefined if the block has no hit left. */
  incrementHere(key: string): Count | undefined;
  /**
   * Uses one hit. Reserves a new block if this process has no hit left.
   * @throws the error of `send`
   */
  increment(key: string): Promise<Count>;
  reset(key: string): void;
}

/**
 * - KEYS[1]: the counter of reserved hits
 * - ARGV[1]: the size of the block
 * - ARGV[2]: if the block would raise the counter above this number, only one hit is reserved
 * - ARGV[3]: the length of the window in ms
 *
 * Returns the counter, the remaining ms of the window, and the reserved hits.
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

/** A block is this share of the limit, but at most BLOCK_MAX hits. */
const BLOCK_SHARE = 0.01;
const BLOCK_MAX = 20;
/** Above this share of the limit, hits are reserved one by one. */
const BLOCKS_SHARE = 0.5;
const KEYS_MAX = 10_000;

interface Block {
  unusedHits: number;
  /** The counter in Redis, including the unused hits. */
  counter: number;
  endsAtMs: number;
  resetTime: Date;
}

/**
 * Reserves hits in blocks, so that most hits need no call to Redis. A hit is counted in Redis before it is used, so the
 * limit is never exceeded.
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
    // eslint-disable-next-line no-restricted-properties -- the time of day is meant: express-rate-limit wants one
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
