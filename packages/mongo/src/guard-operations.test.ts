import { describe, expect, it } from '@jest/globals';
import { mongo } from 'mongoose';
import { guardOperations } from './guard-operations.js';

const away = () => Promise.reject(new mongo.MongoNetworkError('refused'));
const refused = { code: 'unavailable', headers: { 'retry-after': '5' } };

describe('guardOperations', () => {
  it('refuses operations at once after the server could not be reached', async () => {
    let asked = 0;
    const operate = guardOperations();
    await expect(operate(away)).rejects.toMatchObject(refused);
    await expect(operate(() => Promise.resolve((asked += 1)))).rejects.toMatchObject(refused);
    expect(asked).toBe(0);
  });

  it.each(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])(
    'refuses operations after %s of the socket',
    async (code) => {
      const operate = guardOperations();
      const broken = Object.assign(new Error('This socket has been ended by the other party'), { code });
      await expect(operate(() => Promise.reject(broken))).rejects.toMatchObject(refused);
      await expect(operate(() => Promise.resolve())).rejects.toMatchObject(refused);
    },
  );

  it('does not hide a bug of the service', async () => {
    const bug = Object.assign(new TypeError('not a function'), { code: 'ERR_INVALID_ARG_TYPE' });
    await expect(guardOperations()(() => Promise.reject(bug))).rejects.toBe(bug);
  });

  it('runs one operation at a time after the pause, and all operations after a success', async () => {
    let nowMs = 0;
    const operate = guardOperations({ pauseMs: 1_000, nowMs: () => nowMs });
    await expect(operate(away)).rejects.toMatchObject(refused);
    nowMs = 1_000;
    let answer = (): void => undefined;
    const trial = operate(() => new Promise<void>((resolve) => (answer = resolve)));
    await expect(operate(() => Promise.resolve())).rejects.toMatchObject(refused);
    answer();
    await trial;
    expect(await Promise.all([1, 2].map((n) => operate(() => Promise.resolve(n))))).toEqual([1, 2]);
  });

  it('runs all operations if the failure is old', async () => {
    let nowMs = 0;
    const operate = guardOperations({ pauseMs: 1_000, nowMs: () => nowMs });
    await expect(operate(away)).rejects.toMatchObject(refused);
    nowMs = 60_000;
    expect(await Promise.all([1, 2].map((n) => operate(() => Promise.resolve(n))))).toEqual([1, 2]);
  });

  it('waits no longer than the time limit, even if the driver still retries', async () => {
    const operate = guardOperations({ timeLimitMs: 10 });
    await expect(operate(() => new Promise(() => undefined))).rejects.toMatchObject(refused);
    await expect(operate(() => Promise.resolve())).rejects.toMatchObject(refused);
  });

  it('limits the number of waiting operations', async () => {
    let answer = (): void => undefined;
    const operate = guardOperations({ operationsMax: 1 });
    const waiting = operate(() => new Promise<void>((resolve) => (answer = resolve)));
    await expect(operate(() => Promise.resolve())).rejects.toMatchObject(refused);
    answer();
    await waiting;
    await operate(() => Promise.resolve());
  });

  it('does not count a slow query or a busy pool as an outage', async () => {
    const operate = guardOperations();
    const slow = new mongo.MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    await expect(operate(() => Promise.reject(slow))).rejects.toMatchObject(refused);
    const busy = Object.defineProperty(new mongo.MongoError('busy'), 'name', { value: 'MongoWaitQueueTimeoutError' });
    await expect(operate(() => Promise.reject(busy))).rejects.toMatchObject(refused);
    expect(await operate(() => Promise.resolve('read'))).toBe('read');
  });
});
