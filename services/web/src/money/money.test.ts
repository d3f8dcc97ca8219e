import { describe, expect, it } from '@jest/globals';
import { formatAmount, formatMoney, parseAmount, totalsByCurrency } from './money.js';

const bounds = { minimum: 1, maximum: 1_000_000_000_000 };
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');

describe('formatMoney', () => {
  it('writes as the reader does', () => {
    expect(plain(formatMoney(123_456, 'EUR', 'de-DE'))).toBe('1.234,56 €');
    expect(formatMoney(123_456, 'EUR', 'en-GB')).toBe('€1,234.56');
  });

  it('knows the minor digits of the ledger, not those of Intl', () => {
    expect(formatMoney(1_500, 'JPY', 'en-US')).toBe('¥1,500');
    expect(plain(formatMoney(1_500, 'IQD', 'en-US'))).toBe('IQD 1.500');
  });

  it('loses no digit of the largest balance', () => {
    expect(formatMoney(Number.MAX_SAFE_INTEGER, 'USD', 'en-US')).toBe('$90,071,992,547,409.91');
  });

  it('shows which way money went', () => {
    expect(formatMoney(5, 'USD', 'en-US', { signed: true })).toBe('+$0.05');
    expect(formatMoney(-5, 'USD', 'en-US', { signed: true })).toBe('-$0.05');
  });
});

describe('parseAmount', () => {
  it.each([
    ['1,234.56', 'en-US', 123_456],
    ['1.234,56', 'de-DE', 123_456],
    ['1234,5', 'de-DE', 123_450],
    ['12.50', 'de-DE', 1_250],
    ['12,5', 'en-US', 1_250],
    ['1.234', 'de-DE', 123_400],
    ['€ 7', 'en-GB', 700],
    ['7 EUR', 'en-GB', 700],
    [',5', 'de-DE', 50],
    ['1.100', 'en-US', 110],
    ['1’000.00', 'de-CH', 100_000],
  ])('reads %s in %s', (text, locale, amount) => {
    expect(parseAmount(text, 'EUR', locale, bounds)).toEqual({ amount });
  });

  it.each([
    ['', 'missing'],
    ['  ', 'missing'],
    ['abc', 'malformed'],
    ['-5', 'malformed'],
    ['1.2.3', 'malformed'],
    ['1e3', 'malformed'],
    ['.', 'malformed'],
    ['0', 'too-small'],
    ['0.001', 'too-precise'],
    ['10000000000.01', 'too-large'],
  ])('refuses "%s" as %s', (text, mistake) => {
    expect(parseAmount(text, 'EUR', 'en-US', bounds)).toEqual({ mistake });
  });

  it('takes no fraction of a yen', () => {
    expect(parseAmount('1500', 'JPY', 'en-US', bounds)).toEqual({ amount: 1_500 });
    expect(parseAmount('1500.5', 'JPY', 'en-US', bounds)).toEqual({ mistake: 'too-precise' });
  });

  it('reads back what it writes', () => {
    for (const locale of ['en-US', 'de-DE', 'de-CH', 'fr-FR']) {
      for (const amount of [1, 99, 100, 123_456, 1_000_000_000_000]) {
        expect(parseAmount(formatAmount(amount, 'EUR', locale), 'EUR', locale, bounds)).toEqual({ amount });
      }
    }
  });
});

describe('totalsByCurrency', () => {
  it('adds up each currency by itself', () => {
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
