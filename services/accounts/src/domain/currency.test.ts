import { describe, expect, it } from '@jest/globals';
import { currencies, formatMinorUnits, isCurrency, minorDigits } from './currency.js';

describe('isCurrency', () => {
  it.each(['EUR', 'JPY', 'KWD', 'XOF', 'XCG', 'VED', 'ZWG'])('accepts %s', (code) => {
    expect(isCurrency(code)).toBe(true);
  });

  it.each([
    ['metals', ['XAU', 'XAG', 'XPT', 'XPD']],
    ['funds and units of account', ['CHE', 'CHW', 'CLF', 'USN', 'UYI', 'UYW', 'XDR', 'XAD']],
    ['codes for "no currency" and for tests', ['XXX', 'XTS']],
    ['withdrawn codes', ['ANG', 'BGN', 'CUC', 'DEM', 'HRK', 'ZWL']],
    ['anything but three capitals', ['eur', 'EUR ', '', 'EURO', 'toString', '__proto__']],
  ])('refuses %s', (_name, codes) => {
    for (const code of codes) expect([code, isCurrency(code)]).toEqual([code, false]);
  });
});

describe('currencies', () => {
  it('lists each code once, in alphabetical order, with 0, 2 or 3 minor digits', () => {
    expect(currencies).toHaveLength(155);
    expect(currencies).toEqual([...new Set(currencies)].sort());
    expect(new Set(currencies.map(minorDigits))).toEqual(new Set([0, 2, 3]));
  });
});

describe('formatMinorUnits', () => {
  it.each([
    [0, 'EUR', '0.00'],
    [-0, 'EUR', '0.00'],
    [1, 'EUR', '0.01'],
    [-1, 'EUR', '-0.01'],
    [-1234, 'EUR', '-12.34'],
    [100, 'EUR', '1.00'],
    [1234, 'JPY', '1234'],
    [-7, 'JPY', '-7'],
    [0, 'KWD', '0.000'],
    [1234, 'KWD', '1.234'],
    [-5, 'KWD', '-0.005'],
    // Floating-point division would change the last digit of these two amounts.
    [9_007_199_254_740_991, 'EUR', '90071992547409.91'],
    [-9_007_199_254_740_991, 'KWD', '-9007199254740.991'],
  ])('writes %d of %s as %s', (amount, currency, text) => {
    expect(formatMinorUnits(amount, currency)).toBe(text);
  });

  it.each([0.5, 2 ** 53, NaN, Infinity])('refuses %d, because it is not an exact amount', (amount) => {
    expect(() => formatMinorUnits(amount, 'EUR')).toThrow(RangeError);
  });

  it('refuses an unknown code', () => {
    expect(() => formatMinorUnits(1, 'XXX')).toThrow('not an active ISO 4217 currency: XXX');
  });
});
