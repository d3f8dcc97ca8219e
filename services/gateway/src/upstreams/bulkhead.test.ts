import { describe, expect, it } from '@jest/globals';
import { createBulkhead } from './bulkhead.js';

const { signal } = new AbortController();
const busy = { code: 'unavailable', headers: { 'retry-after': '1' } };

describe('createBulkhead', () => {
  it('bounds those under way and those who wait; beyond that it refuses at once', async () => {
    const bulkhead = createBulkhead({ placesMax: 2, waitingMax: 1, waitMsMax: 60_000 });
    const [leave] = [await bulkhead.enter(signal), await bulkhead.enter(signal)];
    const third = bulkhead.enter(signal);
    await expect(bulkhead.enter(signal)).rejects.toMatchObject(busy);
    expect([bulkhead.underWay, bulkhead.waiting]).toEqual([2, 1]);
    leave();
    leave();
    await third;
    expect([bulkhead.underWay, bulkhead.waiting]).toEqual([2, 0]);
  });

  it('gives places in the order of asking, and none to who has left', async () => {
    const bulkhead = createBulkhead({ placesMax: 1, waitingMax: 3, waitMsMax: 60_000 });
    const leave = await bulkhead.enter(signal);
    const leaving = new AbortController();
    const order: string[] = [];
    const impatient = bulkhead.enter(leaving.signal);
    const next = bulkhead.enter(signal).then((leaveToo) => {
      order.push('second');
      leaveToo();
    });
    const last = bulkhead.enter(signal).then(() => order.push('third'));
    leaving.abort(new Error('gone'));
    await expect(impatient).rejects.toThrow('gone');
    leave();
    await Promise.all([next, last]);
    expect(order).toEqual(['second', 'third']);
    expect([bulkhead.underWay, bulkhead.waiting]).toEqual([1, 0]);
  });

  it('refuses who has waited long enough', async () => {
    const bulkhead = createBulkhead({ placesMax: 1, waitingMax: 1, waitMsMax: 10 });
    await bulkhead.enter(signal);
    await expect(bulkhead.enter(signal)).rejects.toMatchObject(busy);
    expect(bulkhead.waiting).toBe(0);
  });
});
