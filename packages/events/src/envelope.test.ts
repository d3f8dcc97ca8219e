import { describe, expect, it } from '@jest/globals';
import { createEvent, instantOfId, newEventId, parseEvent } from './index.js';

const opened = () =>
  createEvent({
    type: 'account.opened',
    subjects: [newEventId()],
    source: 'accounts',
    data: { accountId: newEventId(), name: 'Savings', currency: 'EUR' },
  });

describe('createEvent', () => {
  it('sets the time of an event to the time inside its id', () => {
    const beforeMs = Date.now();
    const event = opened();
    expect(event.time).toBe(instantOfId(event.id).toISOString());
    expect(Date.parse(event.time)).toBeGreaterThanOrEqual(beforeMs);
    expect(Date.parse(event.time)).toBeLessThanOrEqual(Date.now());
  });

  it('keeps only the declared fields of the data', () => {
    const data = { accountId: newEventId(), name: 'Savings', currency: 'EUR', balance: 5 };
    const event = createEvent({ type: 'account.opened', subjects: [newEventId()], source: 'accounts', data });
    expect(event.data).not.toHaveProperty('balance');
  });

  it('lists a user once', () => {
    const user = newEventId();
    const event = createEvent({
      type: 'user.password_changed',
      subjects: [user, user],
      source: 'accounts',
      data: {},
    });
    expect(event.subjects).toEqual([user]);
  });

  it('refuses data of another shape', () => {
    const data = { accountId: 'x', name: 'Savings', currency: 'EUR' };
    expect(() => createEvent({ type: 'account.opened', subjects: [newEventId()], source: 'accounts', data })).toThrow();
  });
});

describe('parseEvent', () => {
  const parse = (change: Record<string, unknown>) => parseEvent(JSON.stringify({ ...opened(), ...change }));

  it('reads what createEvent made', () => {
    const event = opened();
    expect(parseEvent(JSON.stringify(event))).toEqual({ ok: true, event });
  });

  it('accepts and keeps an unknown type, a newer version and a new field', () => {
    expect(parse({ type: 'loan.granted', data: { any: ['thing'] } })).toMatchObject({
      ok: true,
      event: { data: { any: ['thing'] } },
    });
    expect(parse({ version: 2, data: { other: 1 } })).toMatchObject({ ok: true, event: { data: { other: 1 } } });
    const data = { ...opened().data, colour: 'blue' };
    expect(parse({ data })).toMatchObject({ ok: true, event: { data } });
  });

  it.each([
    ['a time that is not the id’s', { time: '2020-01-01T00:00:00.000Z' }, 'time'],
    ['an id of another kind', { id: '4f2c1e1c-0b9c-4b60-9ac2-0a4bb0f0d1aa' }, 'id'],
    ['no subject', { subjects: [] }, 'subjects'],
    ['wrong data of a known type', { data: { accountId: 'x' } }, 'data.accountId'],
    ['too much data', { data: { name: 'x'.repeat(70_000) } }, 'larger'],
  ])('refuses %s, and says why', (_what, change, reason) => {
    expect(parse(change)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it('refuses nesting that is too deep for a store', () => {
    const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as object;
    expect(parse({ type: 'loan.granted', data: nested(31) })).toMatchObject({ ok: true });
    expect(parse({ type: 'loan.granted', data: nested(32) })).toMatchObject({ ok: false });
    const deep = JSON.stringify({ ...opened(), data: 0 }).replace(/0}$/, `${'['.repeat(30_000)}${']'.repeat(30_000)}}`);
    expect(parseEvent(deep)).toEqual({ ok: false, reason: 'nested deeper than 32 levels' });
  });

  it('refuses invalid JSON', () => {
    expect(parseEvent('{"id":')).toEqual({ ok: false, reason: 'not JSON' });
  });
});
