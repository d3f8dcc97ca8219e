export interface Period {
  /** RFC 3339, inclusive. */
  from: string;
  /** RFC 3339, exclusive; default: now. */
  to?: string;
}

const HOUR_MS = 3_600_000;

/** The last `hours` hours. They start at a full hour, so the page can reuse a cached reply until the next hour. */
// eslint-disable-next-line no-restricted-properties -- periods depend on the time of day
export function lastHours(hours: number, now = Date.now()): Period {
  return { from: new Date(Math.floor((now - hours * HOUR_MS) / HOUR_MS) * HOUR_MS).toISOString() };
}

/**
 * The days from `first` to `last`, both inclusive, in the user's time zone.
 * @param first a day such as `2026-01-31`, like `last`
 */
export function daysInclusive(first: string, last: string): { from: string; to: string } {
  return { from: midnight(first, 0).toISOString(), to: midnight(last, 1).toISOString() };
}

/** A calendar month in the user's time zone. `before` is 0 for the current month, and 1 for the month before it. */
export function month(before: number, now = new Date()): { from: string; to: string } {
  const first = (offset: number) => new Date(now.getFullYear(), now.getMonth() + offset, 1).toISOString();
  return { from: first(-before), to: first(1 - before) };
}

/** The start of the day that was `days` days before `now`, in the user's time zone. */
export function daysAgo(days: number, now: number): number {
  const today = new Date(now);
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() - days).getTime();
}

/** The IANA name of the user's time zone, or `UTC` if the browser reports only an offset. */
export function readerTimeZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return /^[A-Za-z]/.test(timeZone) ? timeZone : 'UTC';
}

/**
 * Whether a text is an existing day from 1970 to 2999, such as `2026-02-28`. The years 2, 20 and 202 are excluded,
 * because the input reports them while a user types 2026.
 */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^(19[7-9]|2\d\d)\d-\d\d-\d\d$/.test(text)) return false;
  return dateInput(midnight(text, 0)) === text;
}

/** Formats a day for an `<input type="date">`. */
export function dateInput(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/**
 * Returns the start of the day that is `later` days after `day`. A day can have 23 or 25 hours, so this function does
 * not add 24 hours for each day.
 */
function midnight(day: string, later: number): Date {
  const [year = 0, monthOfYear = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, monthOfYear - 1, date + later);
}
