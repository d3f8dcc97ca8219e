import { afterEach, describe, expect, it } from '@jest/globals';
import { createAdmission, type Admission } from './admission.js';

const never = new AbortController().signal;
const busy = { code: 'unavailable', headers: { 'retry-after': '5' } };

/** Each that enters belongs to another owner unless the test says otherwise. */
function admission(slots: number, queueMax: number, more: Partial<Parameters<typeof createAdmission>[0]> = {}) {
  const gate = createAdmission({ slots, queueMax, ownMax: 2, waitMsMax: 60_000, retryAfterS: 5, ...more });
  gates.push(gate);
  return gate;
}

const gates: Admission[] = [];
// Otherwise a waiting one would be refused a minute later, while another file's tests run.
afterEach(() => {
  for (const gate of gates.splice(0)) gate.close(new Error('the test is over'));
});

let owners = 0;
const another = () => `owner ${(owners += 1)}`;

describe('createAdmission', () => {
  it('lets in as many as there are slots, then first come, first served', async () => {
    const gate = admission(1, 2);
    const order: string[] = [];
    const leave = await gate.enter(another(), never);
    const first = gate.enter(another(), never).then((next) => (order.push('first'), next()));
    const second = gate.enter(another(), never).then((next) => (order.push('second'), next()));
    expect([gate.inside, gate.waiting]).toEqual([1, 2]);
    leave();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect([gate.inside, gate.waiting]).toEqual([0, 0]);
  });

  it('refuses who would make the queue too long, and says when to come again', async () => {
    const gate = admission(1, 1);
    await gate.enter(another(), never);
    gate.enter(another(), never).catch(() => undefined);
    await expect(gate.enter(another(), never)).rejects.toMatchObject(busy);
  });

  it('gives the place of an aborted one to the next', async () => {
    const gate = admission(1, 1);
    const leave = await gate.enter(another(), never);
    const client = new AbortController();
    const gone = gate.enter(another(), client.signal);
    client.abort(new Error('client left'));
    await expect(gone).rejects.toThrow('client left');
    const next = gate.enter(another(), never);
    leave();
    await expect(next).resolves.toBeDefined();
  });

  it('counts a slot once, however often it is given back', async () => {
    const gate = admission(1, 1);
    const leave = await gate.enter(another(), never);
    leave();
    leave();
    expect(gate.inside).toBe(0);
    await gate.enter(another(), never);
    expect(gate.inside).toBe(1);
  });

  it('refuses an owner who has enough inside and waiting, until one of them has left', async () => {
    const gate = admission(1, 5);
    const leave = await gate.enter('ada', never);
    const second = gate.enter('ada', never);
    await expect(gate.enter('ada', never)).rejects.toMatchObject({ code: 'rate_limited', headers: busy.headers });
    const other = gate.enter('bob', never);
    leave();
    (await second)();
    (await other)();
    await expect(gate.enter('ada', never)).resolves.toBeDefined();
  });

  it('lets an owner who has nothing inside go before one who has', async () => {
    const gate = admission(2, 5);
    const order: string[] = [];
    await gate.enter('ada', never);
    const leave = await gate.enter('bob', never);
    void gate.enter('ada', never).then(() => order.push('ada'));
    void gate.enter('cyd', never).then((next) => (order.push('cyd'), next()));
    leave();
    while (order.length < 2) await Promise.resolve();
    expect(order).toEqual(['cyd', 'ada']);
  });

  it('refuses one that has waited long enough, and forgets it', async () => {
    const gate = admission(1, 5, { waitMsMax: 10 });
    const leave = await gate.enter(another(), never);
    await expect(gate.enter(another(), never)).rejects.toMatchObject(busy);
    leave();
    expect([gate.inside, gate.waiting]).toEqual([0, 0]);
  });

  it('once closed refuses those who wait and those who come', async () => {
    const gate = admission(1, 1);
    await gate.enter(another(), never);
    const waiting = gate.enter(another(), never);
    gate.close(new Error('closing'));
    await expect(waiting).rejects.toThrow('closing');
    await expect(gate.enter(another(), never)).rejects.toThrow('closing');
  });
});
