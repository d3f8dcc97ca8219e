import { describe, expect, it } from '@jest/globals';
import * as ledger from '../../../accounts/src/domain/currency.js';
import { currencies, minorDigits } from './currencies.js';

describe('the currencies of the web UI', () => {
  it('are the currencies of the ledger, with the same minor digits', () => {
    expect(currencies).toEqual(ledger.currencies);
    expect(currencies.map(minorDigits)).toEqual(ledger.currencies.map(ledger.minorDigits));
  });
});
