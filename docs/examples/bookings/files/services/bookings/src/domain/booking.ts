import { AppError, invalidField } from '@mainstay/errors';
import type { KeyedRequest, StoredReply } from '@mainstay/service/requests';

export const rooms = ['garden', 'library', 'workshop'] as const;
export type Room = (typeof rooms)[number];

/**
 * The requested hours of a room on one day, in UTC. `toHour` is exclusive: a booking until 12 and a booking from 12 do
 * not overlap.
 */
export interface Wish {
  room: Room;
  day: string;
  fromHour: number;
  toHour: number;
}

export interface Booking extends Wish {
  id: string;
  createdAt: string;
}

export interface Bookings {
  /**
   * Commits the booking, the reply for the idempotency key, and the event in one transaction. `decideBooking` has the
   * rules.
   * @throws AppError invalid_request · idempotency_key_reused · idempotency_in_progress · unavailable ·
   * deadline_exceeded
   */
  book(ownerId: string, request: KeyedRequest, wish: Wish): Promise<StoredReply>;
  /** Returns the user's bookings before `beforeId`, latest first. */
  list(ownerId: string, page: { beforeId: string | undefined; limit: number }): Promise<Booking[]>;
  find(ownerId: string, id: string): Promise<Booking | undefined>;
}

/** Books a room, once for each idempotency key. @throws AppError as `Bookings.book` */
export async function bookRoom(
  { bookings, now = new Date() }: { bookings: Bookings; now?: Date },
  ownerId: string,
  request: KeyedRequest,
  wish: Wish,
): Promise<StoredReply> {
  if (wish.toHour <= wish.fromHour) throw invalidField('toHour', 'must be after fromHour');
  if (wish.day < now.toISOString().slice(0, 10)) throw invalidField('day', 'must not be in the past');
  return bookings.book(ownerId, request, wish);
}

/** Returns the user's booking with this id. @throws AppError not_found */
export async function findBooking({ bookings }: { bookings: Bookings }, ownerId: string, id: string): Promise<Booking> {
  const booking = await bookings.find(ownerId, id);
  if (!booking) throw new AppError('not_found', 'You have no such booking.');
  return booking;
}
