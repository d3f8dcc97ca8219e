import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { Redis } from 'ioredis';
import { createLimitStore } from '../src/limit-store.js';

const limit = 1_000;
const block = 10;
const processes = 4;
const windowMs = 60_000;

let server: TestRedis;
let redis: Redis;
let commands = 0;

beforeAll(async () => {
  server = await createTestRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

/** The store of one process. */
function newStore() {
  return createLimitStore({
    sendCommand: (command, ...args) => {
      commands += 1;
      return redis.call(command, ...args);
    },
    prefix: 'rate:',
    windowMs,
    keysMax: 100,
    leasing: { keyPrefix: 'user:', limit },
  });
}

describe('a limit that four processes lease', () => {
  it('admits at most the limit, and at least the limit minus one block per process', async () => {
    const stores = Array.from({ length: processes }, newStore);
    const key = `user:${randomUUID()}`;
    let passed = 0;
    for (let round = 0; round < limit / 20; round += 1) {
      const counts = stores.flatMap((store) => Array.from({ length: 8 }, async () => store.increment(key)));
      passed += (await Promise.all(counts)).filter(({ totalHits }) => totalHits <= limit).length;
    }
    expect(passed).toBeLessThanOrEqual(limit);
    expect(passed).toBeGreaterThanOrEqual(limit - block * processes);
  });

  it('takes single hits instead of blocks once half of the limit is used', async () => {
    const [one, two] = [newStore(), newStore()];
    const key = `user:${randomUUID()}`;
    await redis.set(`rate:${key}`, limit / 2, 'PX', windowMs);
    const hits = [await one.increment(key), await two.increment(key), await one.increment(key)];
    expect(hits.map(({ totalHits }) => totalHits)).toEqual([501, 502, 503]);
  });
});

describe('a process', () => {
  it('calls Redis once per block, and counts the hits of the block one by one', async () => {
    const store = newStore();
    const key = `user:${randomUUID()}`;
    commands = 0;
    const hits: number[] = [];
    for (let hit = 0; hit < 2 * block; hit += 1) hits.push((await store.increment(key)).totalHits);
    expect(hits).toEqual(Array.from({ length: 2 * block }, (_, index) => index + 1));
    expect(commands).toBe(2);
    expect(await redis.pttl(`rate:${key}`)).toBeGreaterThan(0);
  });

  it('takes no block for an address', async () => {
    const store = newStore();
    const key = `address:${randomUUID()}`;
    await store.increment(key);
    await store.increment(key);
    expect(await redis.get(`rate:${key}`)).toBe('2');
  });
});
