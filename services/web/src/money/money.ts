import { minorDigits } from './currencies.js';

export interface MoneyStyle {
  /** Shows a plus before what is above zero. */
  signed?: boolean;
}

/** Minor units as the reader writes money, to the last digit: the decimal is made as text, so nothing is rounded. */
export function formatMoney(amount: number, currency: string, locale: string, { signed }: MoneyStyle = {}): string {
  return formatter(currency, locale, signed ?? false).format(decimalOf(amount, currency) as Intl.StringNumericLiteral);
}

/** The same without a currency's symbol or code, for a field that names the currency beside it. */
export function formatAmount(amount: number, currency: string, locale: string): string {
  const digits = minorDigits(currency);
  return new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    decimalOf(amount, currency) as Intl.StringNumericLiteral,
  );
}

export type AmountMistake = 'missing' | 'malformed' | 'too-precise' | 'too-small' | 'too-large';
export type ParsedAmount = { amount: number } | { mistake: AmountMistake };

/**
 * Reads what a person types as an amount into minor units: `1,234.56` and `1234.56` in English, `1.234,56` in German; a symbol or code around it
 * is passed over. A lone separator that cannot be grouping is taken for the decimal one, whichever it is: nobody means 12.5 thousand by `12.50`.
 */
export function parseAmount(text: string, currency: string, locale: string, bounds: AmountBounds): ParsedAmount {
  const typed = text.replace(/[\s\u00a0\u202f'’]/g, '').replace(/^[^\d.,-]+|[^\d.,]+$/g, '');
  if (typed === '') return { mistake: text.trim() === '' ? 'missing' : 'malformed' };
  const parts = splitDecimal(typed, decimalSeparator(locale));
  if (!parts) return { mistake: 'malformed' };
  const digits = minorDigits(currency);
  if (parts.fraction.replace(/0+$/, '').length > digits) return { mistake: 'too-precise' };
  const amount = Number(parts.whole + parts.fraction.slice(0, digits).padEnd(digits, '0'));
  if (amount < bounds.minimum) return { mistake: 'too-small' };
  if (amount > bounds.maximum || !Number.isSafeInteger(amount)) return { mistake: 'too-large' };
  return { amount };
}

export interface AmountBounds {
  minimum: number;
  maximum: number;
}

/** What each currency's accounts hold together, in the order of the currencies' codes. */
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

/** Making one costs more than using it a hundred times, and a list of entries uses few. */
function formatter(currency: string, locale: string, signed: boolean): Intl.NumberFormat {
  const name = `${locale} ${currency} ${signed}`;
  const known = formatters.get(name);
  if (known) return known;
  const digits = minorDigits(currency);
  const made = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: signed ? 'exceptZero' : 'auto',
  });
  formatters.set(name, made);
  return made;
}

function decimalSeparator(locale: string): '.' | ',' {
  const separator = new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value;
  return separator === ',' ? ',' : '.';
}

function splitDecimal(typed: string, decimal: '.' | ','): { whole: string; fraction: string } | undefined {
  const grouping = decimal === '.' ? ',' : '.';
  const plain = new RegExp(`^(\\d*)(?:\\${decimal}(\\d*))?$`).exec(typed);
  const grouped = new RegExp(`^(\\d{1,3}(?:\\${grouping}\\d{3})+)(?:\\${decimal}(\\d*))?$`).exec(typed);
  const foreign = new RegExp(`^(\\d+)\\${grouping}(\\d{1,2})$`).exec(typed);
  const match = plain ?? grouped ?? foreign;
  if (!match) return undefined;
  const whole = (match[1] ?? '').replaceAll(/[.,]/g, '');
  const fraction = match[2] ?? '';
  return whole + fraction === '' ? undefined : { whole: whole || '0', fraction };
}
