import { describe, expect, it, jest } from '@jest/globals';
import { timeZone, zoneDayStart, zoneOffsetMs } from './time-zone.js';

const hour = 3_600_000;

describe('a time zone in a query', () => {
  it('is known by its name, and is UTC by default', () => {
    expect(timeZone.parse(undefined)).toBe('UTC');
    for (const name of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'Asia/Kolkata']) {
      expect(timeZone.parse(name)).toBe(name);
    }
    for (const name of ['', '+01:00', 'Europe/Atlantis', '../etc/passwd', 'a'.repeat(65), ['UTC']]) {
      expect(timeZone.safeParse(name).success).toBe(false);
    }
  });

  it('reports how far its clocks are ahead, in summer and in winter', () => {
    const [winter, summer] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 6, 1)];
    expect(zoneOffsetMs('Europe/Berlin', winter)).toBe(hour);
    expect(zoneOffsetMs('Europe/Berlin', summer)).toBe(2 * hour);
    expect(zoneOffsetMs('America/New_York', winter)).toBe(-5 * hour);
    expect(zoneOffsetMs('Asia/Kolkata', winter)).toBe(5.5 * hour);
    expect(zoneOffsetMs('UTC', winter)).toBe(0);
  });

  it.each([
    ['America/New_York', '2026-11-29', '2026-11-29T05:00:00.000Z'],
    ['America/New_York', '2026-03-08', '2026-03-08T05:00:00.000Z'], // the clocks go forward at two o'clock
    ['America/New_York', '2026-03-09', '2026-03-09T04:00:00.000Z'],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z'], // the day has no midnight and begins at one o'clock
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z'], // midnight occurs twice
    ['Pacific/Kiritimati', '2026-01-01', '2025-12-31T10:00:00.000Z'],
    ['UTC', '2026-01-01', '2026-01-01T00:00:00.000Z'],
  ])('begins the day in %s on %s', (zone, day, start) => {
    expect(new Date(zoneDayStart(zone, Date.parse(day))).toISOString()).toBe(start);
  });
});

describe('the formatter of a time zone', () => {
  it.each(['america/new_york', 'us/eastern', 'gmt'])('is made once, however the name is spelled: %s', (zone) => {
    const making = jest.spyOn(Intl, 'DateTimeFormat');
    for (let day = 0; day < 1_000; day += 1) zoneOffsetMs(zone, day * 86_400_000);
    expect(making).toHaveBeenCalledTimes(1);
    making.mockRestore();
  });
});
