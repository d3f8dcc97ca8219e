import { describe, expect, it } from '@jest/globals';
import type { Wish } from './booking.js';
import { decideBooking, pageOf, type Calendar } from './decide-booking.js';

const wish = (fromHour: number, toHour: number, more: Partial<Wish> = {}): Wish => ({
  room: 'garden',
  day: '2030-01-31',
  fromHour,
  toHour,
  ...more,
});
const decideAll = (calendar: Calendar, ...wishes: Wish[]) => wishes.map((one) => decideBooking(calendar, one));

describe('decideBooking', () => {
  it.each([
    [8, 9, 'booked'],
    [8, 10, 'taken'],
    [10, 11, 'taken'],
    [8, 13, 'taken'],
    [12, 13, 'booked'],
  ])(
    'decides a request from %s to %s o’clock for a room that is booked from 9 to 12: %s',
    (fromHour, toHour, outcome) => {
      expect(decideAll(new Map([[pageOf(wish(9, 12)), [wish(9, 12)]]]), wish(fromHour, toHour))).toEqual([outcome]);
    },
  );

  it('finds an overlap within a batch, but not between different rooms or days', () => {
    const others = [wish(9, 12, { room: 'library' }), wish(9, 12, { day: '2030-02-01' })];
    expect(decideAll(new Map(), wish(9, 12), wish(11, 13), ...others)).toEqual(['booked', 'taken', 'booked', 'booked']);
  });
});
