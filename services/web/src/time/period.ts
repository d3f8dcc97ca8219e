export interface Period {
  /** RFC 3339, inclusive. */
  from: string;
  /** RFC 3339, exclusive; default: now. */
  to?: string;
}

const HOUR_MS = 3_600_000;

/** The last hours, starting at a full one, so that the same request within an hour is found in the cache. */
// eslint-disable-next-line no-restricted-properties -- the time of day is meant: periods are the reader's
export function lastHours(hours: number, now = Date.now()): Period {
  return { from: new Date(Math.floor((now - hours * HOUR_MS) / HOUR_MS) * HOUR_MS).toISOString() };
}

/**
 * From the first day to the last, both inclusive, in the reader's zone.
 * @param first such as `2026-01-31`; `last` has the same form
 */
export function daysInclusive(first: string, last: string): { from: string; to: string } {
  return { from: midnight(first, 0).toISOString(), to: midnight(last, 1).toISOString() };
}

/** The calendar month this many before the present one, in the reader's zone. */
export function month(before: number, now = new Date()): { from: string; to: string } {
  const first = (offset: number) => new Date(now.getFullYear(), now.getMonth() + offset, 1).toISOString();
  return { from: first(-before), to: first(1 - before) };
}

/** Midnight this many days before today, in the reader's zone. */
export function daysAgo(days: number, now: number): number {
  const today = new Date(now);
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() - days).getTime();
}

/** The reader's time zone by its IANA name. The API counts by its days and writes statements in its time. */
export function readerTimeZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return /^[A-Za-z]/.test(timeZone) ? timeZone : 'UTC';
}

/**
 * Whether a text is a calendar day in the form of an `<input type="date">`. While a year is typed, the input passes
 * through the years 2, 20 and 202.
 */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^(19[7-9]|2\d\d)\d-\d\d-\d\d$/.test(text)) return false;
  return dateInput(midnight(text, 0)) === text;
}

/** In the form of an `<input type="date">`. */
export function dateInput(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Days may have 23 or 25 hours, so days are added by the calendar and not as milliseconds. */
function midnight(day: string, later: number): Date {
  const [year = 0, monthOfYear = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, monthOfYear - 1, date + later);
}
