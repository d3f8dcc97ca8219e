import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { limits } from '../api/limits.js';
import { currencies } from './currencies.js';
import { formatAmount, formatMoney } from './money.js';
import { exampleAmount, parseAmount } from './parse-amount.js';

const bounds = limits.amount;

describe('parseAmount', () => {
  it.each([
    ['1,234.56', 'en-US', 123_456],
    ['1.234,56', 'de-DE', 123_456],
    ['1.234,56', 'en-US', 123_456],
    ['1 234,56', 'en-US', 123_456],
    ['12,34,567.89', 'en-IN', 123_456_789],
    ['1234,5', 'de-DE', 123_450],
    ['12.50', 'de-DE', 1_250],
    ['12,5', 'en-US', 1_250],
    ['1.234', 'de-DE', 123_400],
    ['1,234', 'en-US', 123_400],
    ['€ 7', 'en-GB', 700],
    ['7 EUR', 'en-GB', 700],
    ['7eur', 'en-GB', 700],
    ['+€7.00', 'en-GB', 700],
    [',5', 'de-DE', 50],
    ['5.', 'en-US', 500],
    ['1.10', 'en-US', 110],
    ['1’000.00', 'de-CH', 100_000],
  ])('reads %s in %s', (text, locale, amount) => {
    expect(parseAmount(text, 'EUR', locale, bounds)).toEqual({ amount });
  });

  it.each([
    ['', 'missing'],
    ['  ', 'missing'],
    ['abc', 'malformed'],
    ['EUR', 'malformed'],
    ['-5', 'malformed'],
    ['(12.50)', 'malformed'],
    ['12.50-', 'malformed'],
    ['$7', 'malformed'],
    ['7 USD', 'malformed'],
    ['€7€', 'malformed'],
    ['1.2.3', 'malformed'],
    ['1 2', 'malformed'],
    ['1,23,4', 'malformed'],
    ['1e3', 'malformed'],
    ['١٢', 'malformed'],
    ['.', 'malformed'],
    ['1'.repeat(100), 'malformed'],
    ['1.100', 'ambiguous'],
    ['0', 'too-small'],
    ['0.001', 'too-precise'],
    ['10000000000.01', 'too-large'],
  ])('refuses "%s" as %s', (text, mistake) => {
    expect(parseAmount(text, 'EUR', 'en-US', bounds)).toEqual({ mistake });
  });

  it.each([
    ['1,234', 'EUR', 'de-DE'],
    ['1,234', 'EUR', 'de-CH'],
    ['1.234', 'JPY', 'en-US'],
    ['1,234', 'KWD', 'en-US'],
    ['1.234', 'KWD', 'de-DE'],
  ])('does not guess the meaning of %s %s in %s', (text, currency, locale) => {
    expect(parseAmount(text, currency, locale, bounds)).toEqual({ mistake: 'ambiguous' });
  });

  it('refuses a fraction of a yen, because the currency has no minor digits', () => {
    expect(parseAmount('1500', 'JPY', 'en-US', bounds)).toEqual({ amount: 1_500 });
    expect(parseAmount('1500.5', 'JPY', 'en-US', bounds)).toEqual({ mistake: 'too-precise' });
  });

  it('reads every amount that the web UI formats, in every currency and in all regions of English and German', () => {
    const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    const region = fc.tuple(letter, letter).map(([one, other]) => one + other);
    const known = fc.constantFrom('US', 'GB', 'IN', 'ZA', 'CH', 'DE', 'AT', 'LI', 'SE', 'NO', 'BE', 'CA', 'ID');
    const locale = fc
      .tuple(fc.constantFrom('en', 'de'), fc.oneof(known, region))
      .map(([language, where]) => `${language}-${where}`);
    const amount = fc.oneof(
      fc.integer({ min: bounds.minimum, max: 2_000_000 }),
      fc.integer({ min: bounds.minimum, max: bounds.maximum }),
    );
    fc.assert(
      fc.property(amount, fc.constantFrom(...currencies), locale, (money, currency, where) => {
        for (const text of [
          formatMoney(money, currency, where),
          formatMoney(money, currency, where, { signed: true }),
          formatAmount(money, currency, where),
          exampleAmount(currency, where),
        ]) {
          const expected = text === exampleAmount(currency, where) ? expect.any(Number) : money;
          expect([text, parseAmount(text, currency, where, bounds)]).toEqual([text, { amount: expected }]);
        }
      }),
      { numRuns: 1_500 },
    );
  });
});
