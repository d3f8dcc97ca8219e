import { minorDigits } from './currencies.js';

export interface MoneyStyle {
  /** Shows a plus sign before a positive amount. */
  signed?: boolean;
}

/** Formats minor units in the user's number format, without rounding. */
export function formatMoney(amount: number, currency: string, locale: string, { signed }: MoneyStyle = {}): string {
  return formatter(currency, locale, signed ?? false).format(decimalOf(amount, currency) as Intl.StringNumericLiteral);
}

/** Formats an amount without its currency, with the separators of `formatMoney`. */
export function formatAmount(amount: number, currency: string, locale: string): string {
  return formatter(currency, locale, false)
    .formatToParts(decimalOf(amount, currency) as Intl.StringNumericLiteral)
    .filter(({ type }) => type !== 'currency' && type !== 'literal')
    .map(({ value }) => value)
    .join('');
}

/** Adds the balances of each currency, and sorts the result by currency code. */
export function totalsByCurrency(accounts: readonly { balance: number; currency: string }[]): [string, number][] {
  const totals = new Map<string, number>();
  for (const { balance, currency } of accounts) totals.set(currency, (totals.get(currency) ?? 0) + balance);
  return [...totals].sort(([one], [other]) => (one < other ? -1 : 1));
}

function decimalOf(amount: number, currency: string): string {
  const digits = minorDigits(currency);
  const sign = amount < 0 ? '-' : '';
  const padded = String(Math.abs(amount)).padStart(digits + 1, '0');
  return digits === 0 ? sign + padded : `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

const formatters = new Map<string, Intl.NumberFormat>();

/** Reuses formatters, because creating a formatter takes at least ten times as long as using it. */
function formatter(currency: string, locale: string, signed: boolean): Intl.NumberFormat {
  const name = `${locale} ${currency} ${signed}`;
  const known = formatters.get(name);
  if (known) return known;
  const digits = minorDigits(currency);
  const made = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    numberingSystem: 'latn', // `parseAmount` reads only the digits 0 to 9
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: signed ? 'exceptZero' : 'auto',
  });
  formatters.set(name, made);
  return made;
}
