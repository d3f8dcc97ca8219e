const DAY_MS = 86_400_000;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = locale + JSON.stringify(options);
  const known = formatters.get(name) ?? new Intl.DateTimeFormat(locale, options);
  formatters.set(name, known);
  return known;
}

/** Days and times of day in this file are in the user's time zone. */
export function formatDate(at: string | number | Date, locale: string): string {
  return formatter(locale, { dateStyle: 'medium' }).format(new Date(at));
}

export function formatTime(at: string | number | Date, locale: string): string {
  return formatter(locale, { timeStyle: 'short' }).format(new Date(at));
}

export function formatDateTime(at: string | number | Date, locale: string): string {
  return formatter(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
}

/** The heading of a day in a list: "Today", "Yesterday", or the weekday and date. */
// eslint-disable-next-line no-restricted-properties -- "today" depends on the time of day
export function formatDay(at: string, locale: string, now = Date.now()): string {
  const days = Math.round((startOfDay(at) - startOfDay(now)) / DAY_MS);
  if (days === 0 || days === -1) {
    const text = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day');
    return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  }
  return formatter(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(at));
}

export function startOfDay(at: string | number | Date): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Formats seconds as `0:42`, or as `1:02:03` from one hour. */
export function formatCountdown(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
