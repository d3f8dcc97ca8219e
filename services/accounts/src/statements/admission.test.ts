import { describe, expect, it } from '@jest/globals';
import { createAdmission } from './admission.js';

const never = new AbortController().signal;
const busy = { code: 'unavailable', headers: { 'retry-after': '5' } };

function admission(slots: number, queueMax: number) {
  return createAdmission({ slots, queueMax, retryAfterS: 5 });
}

describe('createAdmission', () => {
  it('lets in as many as there are slots, then first come, first served', async () => {
    const gate = admission(1, 2);
    const order: string[] = [];
    const leave = await gate.enter(never);
    const first = gate.enter(never).then((next) => (order.push('first'), next()));
    const second = gate.enter(never).then((next) => (order.push('second'), next()));
    expect([gate.inside, gate.waiting]).toEqual([1, 2]);
    leave();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect([gate.inside, gate.waiting]).toEqual([0, 0]);
  });

  it('refuses who would make the queue too long, and says when to come again', async () => {
    const gate = admission(1, 1);
    await gate.enter(never);
    void gate.enter(never);
    await expect(gate.enter(never)).rejects.toMatchObject(busy);
  });

  it('gives the place of an aborted one to the next', async () => {
    const gate = admission(1, 1);
    const leave = await gate.enter(never);
    const client = new AbortController();
    const gone = gate.enter(client.signal);
    client.abort(new Error('client left'));
    await expect(gone).rejects.toThrow('client left');
    const next = gate.enter(never);
    leave();
    await expect(next).resolves.toBeDefined();
  });

  it('counts a slot once, however often it is given back', async () => {
    const gate = admission(1, 1);
    const leave = await gate.enter(never);
    leave();
    leave();
    expect(gate.inside).toBe(0);
    await gate.enter(never);
    expect(gate.inside).toBe(1);
  });

  it('once closed refuses those who wait and those who come', async () => {
    const gate = admission(1, 1);
    await gate.enter(never);
    const waiting = gate.enter(never);
    gate.close(new Error('closing'));
    await expect(waiting).rejects.toThrow('closing');
    await expect(gate.enter(never)).rejects.toThrow('closing');
  });
});
