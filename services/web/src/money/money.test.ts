import { describe, expect, it } from '@jest/globals';
import { formatMoney, totalsByCurrency } from './money.js';

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');

describe('formatMoney', () => {
  it("writes amounts in the number format of the user's locale", () => {
    expect(plain(formatMoney(123_456, 'EUR', 'de-DE'))).toBe('1.234,56 €');
    expect(formatMoney(123_456, 'EUR', 'en-GB')).toBe('€1,234.56');
  });

  it('uses the minor digits of the ledger and not those of Intl', () => {
    expect(formatMoney(1_500, 'JPY', 'en-US')).toBe('¥1,500');
    expect(plain(formatMoney(1_500, 'IQD', 'en-US'))).toBe('IQD 1.500');
  });

  it('shows every digit of the largest balance', () => {
    expect(formatMoney(Number.MAX_SAFE_INTEGER, 'USD', 'en-US')).toBe('$90,071,992,547,409.91');
  });

  it('shows a sign if requested', () => {
    expect(formatMoney(5, 'USD', 'en-US', { signed: true })).toBe('+$0.05');
    expect(formatMoney(-5, 'USD', 'en-US', { signed: true })).toBe('-$0.05');
  });
});

describe('totalsByCurrency', () => {
  it('adds the accounts of each currency separately', () => {
    const accounts = [
      { balance: 5, currency: 'USD' },
      { balance: 1, currency: 'EUR' },
      { balance: 2, currency: 'EUR' },
    ];
    expect(totalsByCurrency(accounts)).toEqual([
      ['EUR', 3],
      ['USD', 5],
    ]);
  });
});
