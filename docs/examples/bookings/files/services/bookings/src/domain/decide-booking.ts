import type { Wish } from './booking.js';

/** The booked hours of the rooms and days that a batch names. */
export type Calendar = Map<string, Pick<Wish, 'fromHour' | 'toHour'>[]>;

export const pageOf = ({ room, day }: Pick<Wish, 'room' | 'day'>) => `${room} ${day}`;

/** Decides one wish without I/O. Adds a booked one to the calendar. The bookings of a room never overlap. */
export function decideBooking(calendar: Calendar, wish: Wish): 'booked' | 'taken' {
  const booked = calendar.get(pageOf(wish)) ?? [];
  if (booked.some(({ fromHour, toHour }) => wish.fromHour < toHour && fromHour < wish.toHour)) return 'taken';
  calendar.set(pageOf(wish), [...booked, wish]);
  return 'booked';
}
