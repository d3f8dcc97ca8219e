import { describe, expect, it } from '@jest/globals';
import type { Account, Entry } from '../../api/queries.js';
import { balanceHistory } from './balance-history.js';

const account = (id: string, balance: number): Account => ({ id, name: id, currency: 'EUR', balance, createdAt: '' });
const entry = (accountId: string, transferId: string, amount: number, at: number): Entry => ({
  id: `${accountId}${transferId}`,
  accountId,
  transferId,
  amount,
  sequence: 1,
  memo: null,
  createdAt: new Date(at).toISOString(),
});

describe('balanceHistory', () => {
  it('ends with the current balance and starts with the balance at `since`', () => {
    const entries = [entry('a', 't1', 100, 10), entry('a', 't2', -30, 20), entry('a', 't0', 5, 1)];
    expect(balanceHistory([account('a', 170)], [{ entries, since: 5 }], 5, 50)).toEqual({
      since: 5,
      points: [
        { at: 5, balance: 100 },
        { at: 10, balance: 200 },
        { at: 20, balance: 170 },
        { at: 50, balance: 170 },
      ],
      moneyIn: 100,
      moneyOut: 30,
    });
  });

  it("does not count transfers between the user's accounts as money in or out", () => {
    const read = [entry('a', 't1', -40, 10), entry('b', 't1', 40, 10)].map((one) => ({ entries: [one], since: 0 }));
    const { moneyIn, moneyOut, points } = balanceHistory([account('a', 60), account('b', 40)], read, 0, 20);
    expect([moneyIn, moneyOut, points[0]?.balance, points.at(-1)?.balance]).toEqual([0, 0, 100, 100]);
  });

  it('starts when the entries of every account are complete, and ignores earlier entries', () => {
    const read = [
      { entries: [entry('a', 't3', 7, 30), entry('a', 't2', 40, 20)], since: 21 },
      { entries: [entry('b', 't2', -40, 20), entry('b', 't1', 100, 10)], since: 0 },
    ];
    expect(balanceHistory([account('a', 60), account('b', 40)], read, 0, 50)).toEqual({
      since: 21,
      points: [
        { at: 21, balance: 93 },
        { at: 30, balance: 100 },
        { at: 50, balance: 100 },
      ],
      moneyIn: 7,
      moneyOut: 0,
    });
  });
});
