import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@mainstay/errors';
import { createSemaphore, type Semaphore } from './semaphore.js';

const busy = { code: 'unavailable', headers: { 'retry-after': '5' } };

function semaphore(placesMax: number, waitingMax: number, waitMsMax = 60_000) {
  const gate = createSemaphore({
    placesMax,
    waitingMax,
    ownMax: 2,
    waitMsMax,
    busy: () => new AppError('unavailable', 'busy', { retryAfterS: 5 }),
    tooManyOwn: () => new AppError('rate_limited', 'too many', { retryAfterS: 5 }),
  });
  gates.push(gate);
  return gate;
}

const gates: Semaphore[] = [];
// Close every semaphore, because the timer of a waiting call of `enter` must not fire during the next test.
afterEach(() => {
  for (const gate of gates.splice(0)) gate.close(new Error('the test is over'));
});

let owners = 0;
const another = () => `owner ${(owners += 1)}`;

describe('createSemaphore', () => {
  it('admits an entry for each place, and further entries in order of arrival', async () => {
    const gate = semaphore(1, 2);
    const order: string[] = [];
    const leave = await gate.enter({ owner: another() });
    const first = gate.enter({ owner: another() }).then((next) => (order.push('first'), next()));
    const second = gate.enter({ owner: another() }).then((next) => (order.push('second'), next()));
    expect([gate.underWay, gate.waiting]).toEqual([1, 2]);
    leave();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect([gate.underWay, gate.waiting]).toEqual([0, 0]);
  });

  it("refuses an entry beyond the queue's limit, and says when to retry", async () => {
    const gate = semaphore(1, 1);
    await gate.enter({ owner: another() });
    gate.enter({ owner: another() }).catch(() => undefined);
    await expect(gate.enter({ owner: another() })).rejects.toMatchObject(busy);
  });

  it('gives the place of an aborted entry to the next entry', async () => {
    const gate = semaphore(1, 1);
    const leave = await gate.enter({ owner: another() });
    const client = new AbortController();
    const gone = gate.enter({ owner: another(), signal: client.signal });
    client.abort(new Error('client left'));
    await expect(gone).rejects.toThrow('client left');
    const next = gate.enter({ owner: another() });
    leave();
    await expect(next).resolves.toBeDefined();
  });

  it('releases a place only once, even if its release function is called twice', async () => {
    const gate = semaphore(1, 1);
    const leave = await gate.enter({ owner: another() });
    leave();
    leave();
    expect(gate.underWay).toBe(0);
    await gate.enter({ owner: another() });
    expect(gate.underWay).toBe(1);
  });

  it('refuses an owner who has too many places and waiting entries, until one of them ends', async () => {
    const gate = semaphore(1, 5);
    const leave = await gate.enter({ owner: 'ada' });
    const second = gate.enter({ owner: 'ada' });
    await expect(gate.enter({ owner: 'ada' })).rejects.toMatchObject({ code: 'rate_limited', headers: busy.headers });
    const other = gate.enter({ owner: 'bob' });
    leave();
    (await second)();
    (await other)();
    await expect(gate.enter({ owner: 'ada' })).resolves.toBeDefined();
  });

  it('prefers an owner without a place to an owner who has one', async () => {
    const gate = semaphore(2, 5);
    const order: string[] = [];
    await gate.enter({ owner: 'ada' });
    const leave = await gate.enter({ owner: 'bob' });
    void gate.enter({ owner: 'ada' }).then(() => order.push('ada'));
    void gate.enter({ owner: 'cyd' }).then((next) => (order.push('cyd'), next()));
    leave();
    while (order.length < 2) await Promise.resolve();
    expect(order).toEqual(['cyd', 'ada']);
  });

  it('refuses an entry that has waited too long, and removes it from the queue', async () => {
    const gate = semaphore(1, 5, 10);
    const leave = await gate.enter({ owner: another() });
    await expect(gate.enter({ owner: another() })).rejects.toMatchObject(busy);
    leave();
    expect([gate.underWay, gate.waiting]).toEqual([0, 0]);
  });

  it('refuses waiting and new entries when it is closed', async () => {
    const gate = semaphore(1, 1);
    await gate.enter({ owner: another() });
    const waiting = gate.enter({ owner: another() });
    gate.close(new Error('closing'));
    await expect(waiting).rejects.toThrow('closing');
    await expect(gate.enter({ owner: another() })).rejects.toThrow('closing');
  });
});
