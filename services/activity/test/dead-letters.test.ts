import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { createDeadLetters, eventKeys } from '@mainstay/events';
import { Redis } from 'ioredis';
import { decideDeadLetters, readOrder } from '../src/domain/decide-dead-letters.js';

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await createTestRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

const deadLetters = async (...args: string[]) => {
  const lines: string[] = [];
  await decideDeadLetters(createDeadLetters(redis), readOrder(args), (line) => lines.push(line));
  return lines;
};
const bury = (message: string) =>
  redis.xadd(eventKeys.deadLetters, '*', 'event', message, 'position', '1-0', 'reason', 'why', 'time', '1000');

describe('the dead letter command', () => {
  it('lists, replays and discards dead letters', async () => {
    const [first, second] = [await bury('one'), await bury('two')];
    const listed = (await deadLetters('list')).map((line) => JSON.parse(line) as object);
    expect(listed).toEqual([
      { id: first, streamId: '1-0', reason: 'why', diedAt: '1970-01-01T00:00:01.000Z', message: 'one' },
      { id: second, streamId: '1-0', reason: 'why', diedAt: '1970-01-01T00:00:01.000Z', message: 'two' },
    ]);
    expect(await deadLetters('discard', first!)).toEqual(['Discarded.']);
    await bury('three');
    expect(await deadLetters('replay')).toEqual(['2 sent to the stream again.']);
    expect((await redis.xrange(eventKeys.stream, '-', '+')).map(([, fields]) => fields)).toEqual([
      ['event', 'two'],
      ['event', 'three'],
    ]);
    expect(await redis.xlen(eventKeys.deadLetters)).toBe(0);
  });

  it('prints its usage, and reports an unknown id', async () => {
    await expect(deadLetters()).rejects.toThrow('discard <id>');
    await expect(deadLetters('replay', '1-1')).rejects.toThrow('There is no dead letter 1-1.');
    await expect(deadLetters('discard', '1-1')).rejects.toThrow('There is no dead letter 1-1.');
  });
});
