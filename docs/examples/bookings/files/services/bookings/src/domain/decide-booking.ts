import type { Wish } from './booking.js';

/** The booked hours of each room and day that a request of the batch names. */
export type Calendar = Map<string, Pick<Wish, 'fromHour' | 'toHour'>[]>;

export const pageOf = ({ room, day }: Pick<Wish, 'room' | 'day'>) => `${room} ${day}`;

/**
 * Decides one request without I/O. An accepted request is added to the calendar, so that the bookings of a room never
 * overlap.
 */
export function decideBooking(calendar: Calendar, wish: Wish): 'booked' | 'taken' {
  const booked = calendar.get(pageOf(wish)) ?? [];
  if (booked.some(({ fromHour, toHour }) => wish.fromHour < toHour && fromHour < wish.toHour)) return 'taken';
  calendar.set(pageOf(wish), [...booked, wish]);
  return 'booked';
}
