/** The active currencies of ISO 4217, by number of decimal digits. Codes of funds, metals and tests are left out. */
const codesByMinorDigits: Record<number, string> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC ' +
    'CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR ' +
    'JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD ' +
    'NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN ' +
    'SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
};

const minorDigitsByCode: ReadonlyMap<string, number> = new Map(
  Object.entries(codesByMinorDigits).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)] as const),
  ),
);

/** Every currency that an account can have, sorted. */
export const currencies: readonly string[] = [...minorDigitsByCode.keys()].sort();

/** True for a code in `currencies`. The function does not trim the code or change its case. */
export function isCurrency(code: string): boolean {
  return minorDigitsByCode.has(code);
}

/**
 * The number of decimal digits of the currency's minor unit: EUR 2, JPY 0, KWD 3.
 * @throws RangeError for an unknown code
 */
export function minorDigits(currency: string): number {
  const digits = minorDigitsByCode.get(currency);
  if (digits === undefined) throw new RangeError(`not an active ISO 4217 currency: ${currency}`);
  return digits;
}

/**
 * Formats minor units as an exact decimal: -1234 EUR → `-12.34`.
 * @throws RangeError for an unknown currency, or for an amount that is not a safe integer
 */
export function formatMinorUnits(amount: number, currency: string): string {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`not a whole number of minor units: ${amount}`);
  const digits = minorDigits(currency);
  const sign = amount < 0 ? '-' : '';
  const padded = String(Math.abs(amount)).padStart(digits + 1, '0');
  if (digits === 0) return sign + padded;
  return `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}
