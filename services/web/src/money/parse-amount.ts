import { minorDigits } from './currencies.js';
import { formatAmount } from './money.js';

export type AmountMistake = 'missing' | 'malformed' | 'ambiguous' | 'too-precise' | 'too-small' | 'too-large';
export type ParsedAmount = { amount: number } | { mistake: AmountMistake };

export interface AmountBounds {
  minimum: number;
  maximum: number;
}

/** A decimal as text: `fraction` may be empty. */
interface Decimal {
  whole: string;
  fraction: string;
}

const CHARACTERS_MAX = 60;

/**
 * Reads a typed amount into minor units. It reads all output of `formatMoney` and `formatAmount`, and other notations
 * with only one meaning: `1.234,56` means the same in every language. `1,234` has two meanings: a thousand if the
 * reader groups by commas; refused as ambiguous if the comma could be the decimal separator. Signs other than plus,
 * parentheses and other currencies are refused.
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

/** An example amount for a user whose amount could not be read. */
export function exampleAmount(currency: string, locale: string): string {
  return formatAmount(Number('1234567'.slice(0, 4 + minorDigits(currency))), currency, locale);
}

/**
 * The text with only one kind of space and of apostrophe, and without the marks that formatters put around text of
 * another direction.
 */
function plain(text: string): string {
  return text
    .replace(/[\u061c\u200e\u200f\u2066-\u2069]/g, '')
    .replace(/[\u2019\u02bc]/g, "'")
    .replace(/\s/g, ' ')
    .trim();
}

/** The currency may be on one side, as its code or as a symbol that it has here. */
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

/** The separators with which this currency is written here. */
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
  // Two kinds of marks: the last one, which occurs once, is the decimal separator.
  const hasFraction = last !== mark && (last === '.' || last === ',');
  const groupMarks = hasFraction ? marks.slice(0, -1) : marks;
  const groups = hasFraction ? pieces.slice(0, -1) : pieces;
  if (groupMarks.some((other) => other !== mark) || !areGroups(groups)) return 'malformed';
  return { whole: groups.join(''), fraction: hasFraction ? (pieces.at(-1) ?? '') : '' };
}

/**
 * A lone point or comma before three digits may be the grouping or the decimal separator; in any other place it is the
 * decimal separator.
 */
function readOneMark(
  mark: string,
  [left = '', right = '']: string[],
  digits: number,
  { group, decimal }: { group: string | undefined; decimal: string | undefined },
): Decimal | 'ambiguous' {
  const divided = { whole: left || '0', fraction: right };
  if (right.length !== 3 || !areGroups([left, right])) return divided;
  // If a currency has three minor digits, the page always writes them. So a user typed the lone grouping mark, and may
  // mean either separator.
  if (digits >= 3) return mark === decimal ? divided : 'ambiguous';
  return mark === group ? { whole: left + right, fraction: '' } : 'ambiguous';
}

/** Groups of three; or, as in India, of two before the last three. */
function areGroups(groups: readonly string[]): boolean {
  const [first = '', ...others] = groups;
  if (others.length === 0) return true;
  if (!/^[1-9]\d{0,2}$/.test(first) || others.at(-1)?.length !== 3) return false;
  const middle = others.slice(0, -1);
  return middle.every(({ length }) => length === 3) || (first.length < 3 && middle.every(({ length }) => length === 2));
}
