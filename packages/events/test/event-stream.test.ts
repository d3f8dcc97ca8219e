import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createEventStream, eventKeys, watchStored } from '../src/index.js';
import { openTransport, signedOut, type Transport } from './transport.js';
import { until } from '@mainstay/platform/testing/eventually';

let transport: Transport;
beforeAll(async () => {
  transport = await openTransport();
});
afterAll(() => transport.close());
beforeEach(() => transport.redis.flushall());

const batch = (expectedCursor: string | null, nextCursor: string) => ({
  expectedCursor,
  nextCursor,
  events: [signedOut(), signedOut()],
  backlogMax: 100,
});

describe('publishBatch', () => {
  it('appends the events and moves the cursor in one step', async () => {
    const { stream, redis } = transport;
    expect(await stream.publishBatch(batch(null, 'line|1|a'))).toEqual({ outcome: 'published' });
    expect(await stream.readCursor()).toBe('line|1|a');
    expect(await redis.xlen(eventKeys.stream)).toBe(2);
  });

  it('appends nothing if another relay was first, and returns the current cursor', async () => {
    const { stream, redis } = transport;
    await stream.publishBatch(batch(null, 'line|1|a'));
    expect(await stream.publishBatch(batch(null, 'line|2|b'))).toEqual({ outcome: 'moved', cursor: 'line|1|a' });
    expect(await redis.xlen(eventKeys.stream)).toBe(2);
  });

  it('compares cursors as text, because Lua would round a large transaction id', async () => {
    const { stream } = transport;
    await stream.publishBatch(batch(null, 'line|9007199254740993|a'));
    expect(await stream.publishBatch(batch('line|9007199254740992|a', 'x'))).toMatchObject({ outcome: 'moved' });
  });

  it('accepts only one of two equal batches', async () => {
    const { stream, redis } = transport;
    const twice = await Promise.all([stream.publishBatch(batch(null, 'a')), stream.publishBatch(batch(null, 'a'))]);
    expect(twice.map(({ outcome }) => outcome).sort()).toEqual(['moved', 'published']);
    expect(await redis.xlen(eventKeys.stream)).toBe(2);
  });

  it('returns full and appends nothing if the stream has the maximum number of messages', async () => {
    const { stream, redis } = transport;
    await stream.publishBatch(batch(null, 'a'));
    expect(await stream.publishBatch({ ...batch('a', 'b'), backlogMax: 2 })).toEqual({ outcome: 'full' });
    expect(await stream.readCursor()).toBe('a');
    expect(await redis.xlen(eventKeys.stream)).toBe(2);
  });

  it('starts from the beginning after Redis was wiped', async () => {
    const { stream, redis } = transport;
    await stream.publishBatch(batch(null, 'a'));
    await redis.flushall();
    expect(await stream.publishBatch(batch('a', 'b'))).toEqual({ outcome: 'moved', cursor: null });
  });
});

describe('the cursor of a further outbox', () => {
  it('moves and is rewound independently of the other cursors', async () => {
    const { redis, stream } = transport;
    const catalog = createEventStream(redis, { outbox: 'catalog' });
    await stream.publishBatch(batch(null, 'first'));
    await catalog.publishBatch(batch(null, 'second'));
    expect([await stream.readCursor(), await catalog.readCursor()]).toEqual(['first', 'second']);
    expect(await catalog.publishBatch(batch('first', 'third'))).toEqual({ outcome: 'moved', cursor: 'second' });
    await catalog.rewindCursor({ cursor: 'back' });
    expect([await stream.readCursor(), await catalog.readCursor()]).toEqual(['first', 'back']);
    await catalog.rewindCursor({ cursor: null });
    expect([await stream.readCursor(), await catalog.readCursor()]).toEqual(['first', null]);
  });
});

describe('rewindCursor', () => {
  it('moves the cursor and the replay horizon together, and notifies the feeds', async () => {
    const { stream, redis } = transport;
    await stream.publishBatch(batch(null, 'z'));
    const told: string[] = [];
    const subscriber = redis.duplicate();
    const watch = watchStored(subscriber, {
      onSubscribed: () => told.push('subscribed'),
      onResync: () => told.push('resync'),
      onStored: () => told.push('stored'),
    });
    await until(() => told.includes('subscribed'));

    const before = Date.now();
    await stream.rewindCursor({ cursor: 'line|1|a' });

    expect(await stream.readCursor()).toBe('line|1|a');
    expect(Number(await redis.get(eventKeys.replayHorizon))).toBeGreaterThanOrEqual(before);
    await until(() => told.includes('resync'));
    await stream.rewindCursor({ cursor: null });
    expect(await stream.readCursor()).toBeNull();
    watch.close();
    subscriber.disconnect();
  });
});
