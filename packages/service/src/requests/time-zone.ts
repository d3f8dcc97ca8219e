import { z } from 'zod';

const rule = { error: 'must be the name of a time zone such as America/New_York' };

/** A time zone by its IANA name. An offset such as +02:00 is refused, because an offset ignores summer time. */
export const timeZone = z
  .string(rule)
  .max(64, rule)
  .regex(/^[A-Za-z][\w+/-]*$/, rule)
  .refine(isTimeZone, rule)
  .default('UTC')
  .meta({ description: 'The time zone of days and hours, by its IANA name.', examples: ['America/New_York'] });

/** Returns the offset of a time zone from UTC in milliseconds. For example, Europe/Berlin in July → 7200000. */
export function zoneOffsetMs(zone: string, at: number): number {
  if (zone === 'UTC') return 0;
  const name = formatter(zone)
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours, minutes, seconds = '0'] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name ?? '') ?? [];
  if (sign === undefined) return 0; // the offset is 0, so the name is only `GMT`
  const total = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -total : total;
}

/**
 * Returns the first instant of a day in a time zone.
 * @param localMidnight Midnight of the day in `zone`, converted to milliseconds as if `zone` were UTC. For example,
 * 2026-03-29 → 1774742400000 in every time zone.
 */
export function zoneDayStart(zone: string, localMidnight: number): number {
  const offsets = [-DAY_MS, DAY_MS].map((away) => zoneOffsetMs(zone, localMidnight + away));
  const candidates = offsets.map((offset) => localMidnight - offset);
  const real = candidates.filter((at) => at + zoneOffsetMs(zone, at) === localMidnight);
  // If the clocks go from 00:00 directly to 01:00, the day begins at the moment of the change. A clock with the old
  // offset would show 00:00 at this moment, and `candidates[0]` is computed with the old offset.
  return real.length > 0 ? Math.min(...real) : (candidates[0] ?? localMidnight);
}

const DAY_MS = 86_400_000;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Maximum number of cached formatters. Each formatter uses about 30 KB. */
const FORMATTERS_MAX = 256;

/** Returns a cached formatter, because one creation of a formatter takes longer than ten uses. */
function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const [oldest] = formatters.keys();
  if (formatters.size >= FORMATTERS_MAX && oldest !== undefined) formatters.delete(oldest);
  formatters.set(zone, made);
  return made;
}

function isTimeZone(name: string): boolean {
  try {
    formatter(name);
    return true;
  } catch {
    return false;
  }
}
