import { describe, expect, it } from '@jest/globals';
import { formatCountdown, formatDay } from './format-time.js';
import { dateInput, daysAgo, daysInclusive, isDay, lastHours, month } from './period.js';

describe('a period', () => {
  it('includes the whole last day', () => {
    const { from, to } = daysInclusive('2026-03-01', '2026-03-31');
    expect([dateInput(new Date(from)), dateInput(new Date(to))]).toEqual(['2026-03-01', '2026-04-01']);
    expect(new Date(to).getHours()).toBe(0);
  });

  it('covers a calendar month', () => {
    const { from, to } = month(1, new Date(2026, 0, 15));
    expect([dateInput(new Date(from)), dateInput(new Date(to))]).toEqual(['2025-12-01', '2026-01-01']);
  });

  it('counts days by the calendar when the clocks change', () => {
    const now = new Date(2026, 3, 2, 12).getTime();
    expect(daysAgo(0, now)).toBe(new Date(2026, 3, 2).getTime());
    expect(daysAgo(29, now)).toBe(new Date(2026, 2, 4).getTime()); // between these days the clocks change in most of Europe and America
  });

  it('accepts only days that exist, from 1970 to 2999', () => {
    const days = ['2026-01-31', '2024-02-29', '1970-01-01', '2999-12-31'];
    const others = ['2026-02-30', '2026-13-01', '0002-01-01', '0202-01-01', '3000-01-01', '9999-12-31', 'soon', '', 7];
    expect([...days, ...others].filter(isDay)).toEqual(days);
  });

  it('of the last hours does not change within an hour, so that the cache can reply', () => {
    const now = Date.UTC(2026, 0, 2, 10, 5);
    expect(lastHours(24, now)).toEqual(lastHours(24, now + 50 * 60_000));
    expect(lastHours(24, now).from).toBe('2026-01-01T10:00:00.000Z');
  });
});

describe('formatDay and formatCountdown', () => {
  it('show a day as "Today", "Yesterday" or a date', () => {
    const now = new Date(2026, 0, 2, 12).getTime();
    expect(formatDay(new Date(2026, 0, 2, 0, 1).toISOString(), 'en-GB', now)).toBe('Today');
    expect(formatDay(new Date(2026, 0, 1, 23, 59).toISOString(), 'de-DE', now)).toBe('Gestern');
    expect(formatDay(new Date(2025, 11, 31).toISOString(), 'en-GB', now)).toContain('31 December 2025');
  });

  it('show a countdown in minutes and seconds', () => {
    expect([5, 65, 3_725].map(formatCountdown)).toEqual(['0:05', '1:05', '1:02:05']);
  });
});
