import { minorDigits } from './currencies.js';
import { formatAmount } from './money.js';

export type AmountMistake = 'missing' | 'malformed' | 'ambiguous' | 'too-precise' | 'too-small' | 'too-large';
export type ParsedAmount = { amount: number } | { mistake: AmountMistake };

export interface AmountBounds {
  minimum: number;
  maximum: number;
}

/** A decimal number as text. `fraction` can be empty. */
interface Decimal {
  whole: string;
  fraction: string;
}

const CHARACTERS_MAX = 60;

/**
 * Converts a typed amount into minor units. For example, `1.234,56` EUR becomes 123456. If the locale does not group
 * digits by commas, `1,234` EUR is ambiguous, and the result is the mistake `ambiguous`.
 */
export function parseAmount(text: string, currency: string, locale: string, bounds: AmountBounds): ParsedAmount {
  if (text.trim() === '') return { mistake: 'missing' };
  const digits = minorDigits(currency);
  const decimal = readDecimal(withoutCurrency(plain(text), currency, locale), digits, separatorsOf(currency, locale));
  if (typeof decimal === 'string') return { mistake: decimal };
  const { whole, fraction } = decimal;
  if (fraction.replace(/(?<!0)0+$/, '').length > digits) return { mistake: 'too-precise' };
  const amount = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  if (amount < bounds.minimum) return { mistake: 'too-small' };
  if (amount > bounds.maximum || !Number.isSafeInteger(amount)) return { mistake: 'too-large' };
  return { amount };
}

/** Returns an example of an amount. The error message about an unreadable amount contains this example. */
export function exampleAmount(currency: string, locale: string): string {
  return formatAmount(Number('1234567'.slice(0, 4 + minorDigits(currency))), currency, locale);
}

/** Removes the invisible direction marks that `Intl` inserts, and unifies spaces and apostrophes. */
function plain(text: string): string {
  return text
    .replace(/[\u061c\u200e\u200f\u2066-\u2069]/g, '')
    .replace(/[\u2019\u02bc]/g, "'")
    .replace(/\s/g, ' ')
    .trim();
}

function withoutCurrency(text: string, currency: string, locale: string): string {
  const unsigned = text.replace(/^\+ ?/, '');
  for (const name of namesOf(currency, locale)) {
    const folded = unsigned.toUpperCase();
    if (folded.startsWith(name)) return unsigned.slice(name.length).trim().replace(/^\+/, '');
    if (folded.endsWith(name)) return unsigned.slice(0, -name.length).trim();
  }
  return unsigned;
}

function namesOf(currency: string, locale: string): string[] {
  const symbols = (['symbol', 'narrowSymbol'] as const).flatMap((currencyDisplay) =>
    new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay })
      .formatToParts(0)
      .filter(({ type }) => type === 'currency')
      .map(({ value }) => plain(value).toUpperCase()),
  );
  return [currency, ...symbols].sort((one, other) => other.length - one.length);
}

function separatorsOf(currency: string, locale: string): { group: string | undefined; decimal: string | undefined } {
  const parts = new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: 1 }).formatToParts(
    1_234_567.8,
  );
  const valueOf = (wanted: string) => parts.find(({ type }) => type === wanted)?.value;
  const group = valueOf('group')?.replace(/\s/, ' ').replace('\u2019', "'");
  return { group, decimal: valueOf('decimal') };
}

function readDecimal(
  typed: string,
  digits: number,
  separators: { group: string | undefined; decimal: string | undefined },
): Decimal | 'malformed' | 'ambiguous' {
  if (typed.length > CHARACTERS_MAX || !/^[\d .,']*$/.test(typed) || !/\d/.test(typed)) return 'malformed';
  const pieces = typed.split(/[ .,']/);
  const marks = [...typed.replaceAll(/\d/g, '')];
  const [mark = ''] = marks;
  if (marks.length === 1 && (mark === '.' || mark === ',')) return readOneMark(mark, pieces, digits, separators);
  const last = marks.at(-1);
  // A last point or comma that differs from the first separator is the decimal separator.
  const hasFraction = last !== mark && (last === '.' || last === ',');
  const groupMarks = hasFraction ? marks.slice(0, -1) : marks;
  const groups = hasFraction ? pieces.slice(0, -1) : pieces;
  if (groupMarks.some((other) => other !== mark) || !areGroups(groups)) return 'malformed';
  return { whole: groups.join(''), fraction: hasFraction ? (pieces.at(-1) ?? '') : '' };
}

/**
 * Reads an amount with one separator. The comma in `1,5` is a decimal separator. The comma in `1,234` can also separate
 * thousands, so the locale and the currency decide.
 */
function readOneMark(
  mark: string,
  [left = '', right = '']: string[],
  digits: number,
  { group, decimal }: { group: string | undefined; decimal: string | undefined },
): Decimal | 'ambiguous' {
  const divided = { whole: left || '0', fraction: right };
  if (right.length !== 3 || !areGroups([left, right])) return divided;
  // In a currency with three decimal places, such as KWD, the three digits can be decimals. An English user who types
  // `1,234` can mean 1234 or 1.234 KWD. So only the decimal separator of the locale is unambiguous.
  if (digits >= 3) return mark === decimal ? divided : 'ambiguous';
  return mark === group ? { whole: left + right, fraction: '' } : 'ambiguous';
}

/** Accepts groups of three (`1,234,567`) and Indian groups (`12,34,567`). */
function areGroups(groups: readonly string[]): boolean {
  const [first = '', ...others] = groups;
  if (others.length === 0) return true;
  if (!/^[1-9]\d{0,2}$/.test(first) || others.at(-1)?.length !== 3) return false;
  const middle = others.slice(0, -1);
  return middle.every(({ length }) => length === 3) || (first.length < 3 && middle.every(({ length }) => length === 2));
}
