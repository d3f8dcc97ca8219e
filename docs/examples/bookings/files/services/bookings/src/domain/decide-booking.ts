import type { Wish } from './booking.js';

/**
 * The hours that are already booked. A key is a room and a day, for example `garden 2026-12-24`. The calendar contains
 * only the rooms and days of the requests in the current batch.
 */
export type Calendar = Map<string, Pick<Wish, 'fromHour' | 'toHour'>[]>;

export const pageOf = ({ room, day }: Pick<Wish, 'room' | 'day'>) => `${room} ${day}`;

/**
 * Decides one request without I/O. The function adds the hours of an accepted request to the calendar, because later
 * requests of the batch must not overlap the accepted request.
 */
export function decideBooking(calendar: Calendar, wish: Wish): 'booked' | 'taken' {
  const booked = calendar.get(pageOf(wish)) ?? [];
  if (booked.some(({ fromHour, toHour }) => wish.fromHour < toHour && fromHour < wish.toHour)) return 'taken';
  calendar.set(pageOf(wish), [...booked, wish]);
  return 'booked';
}
