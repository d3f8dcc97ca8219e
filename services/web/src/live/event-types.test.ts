import { describe, expect, it } from '@jest/globals';
import type { Account } from '../api/queries.js';
import { describeEvent, eventTitle, groupOf } from './event-types.js';

const account = (id: string, name: string): Account => ({ id, name, currency: 'EUR', balance: 0, createdAt: '' });
const accounts = [account('a', 'Everyday'), account('b', 'Savings')];
const event = (type: string, data: Record<string, unknown>) => ({ id: '1', type, time: '', data });
const transfer = (fromAccountId: string, toAccountId: string) =>
  describeEvent(
    event('transfer.completed', { fromAccountId, toAccountId, amount: 5, currency: 'EUR', memo: null }),
    accounts,
  );

describe('describeEvent', () => {
  it('reports whether money arrived, left, or moved between own accounts', () => {
    expect(transfer('a', 'b').direction).toBe('own');
    expect(transfer('x-123456789', 'b')).toMatchObject({
      direction: 'in',
      fromName: '…23456789',
      toName: 'Savings',
    });
    expect(transfer('a', 'x')).toMatchObject({ direction: 'out', amount: 5 });
  });

  it('reports no direction while the accounts are not loaded', () => {
    const data = { fromAccountId: 'x-123456789', toAccountId: 'b', amount: 5, currency: 'EUR', memo: null };
    expect(describeEvent(event('transfer.completed', data), [])).toMatchObject({ direction: 'none', amount: 5 });
  });

  it('describes the known fields of an unknown or incomplete event', () => {
    expect(describeEvent(event('loan.granted', { amount: '5' }), accounts)).toEqual({ direction: 'none' });
    expect(describeEvent(event('deposit.completed', {}), accounts)).toEqual({ direction: 'in' });
  });
});

describe('an unknown event type', () => {
  it("has a title made of its name, and the group 'other'", () => {
    expect([eventTitle('order.placed', 'en'), groupOf('order.placed')]).toEqual(['Order placed', 'other']);
    expect(eventTitle('loan.paid_back', 'de')).toBe('Loan paid back');
    expect([groupOf('constructor'), eventTitle('transfer.completed', 'de')]).toEqual(['other', 'Überweisung']);
  });
});
