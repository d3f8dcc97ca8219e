import { invalidField } from '@mainstay/errors';
import { createEvent, instantOfId, type EventCause } from '@mainstay/events';
import { keyedWrites, type BatchClient, type Decision } from '@mainstay/keyed-writes';
import { asStoreError, type Query } from '@mainstay/postgres';
import type { Pool, QueryConfig } from 'pg';
import { v7 as newId } from 'uuid';
import type { Booking, Bookings, Room } from '../domain/booking.js';
import { decideBooking, pageOf, type Calendar } from '../domain/decide-booking.js';

export interface PostgresBookingsOptions {
  pool: Pool;
  query: Query;
  cause: () => EventCause;
}

interface Order {
  ownerId: string;
  booking: Booking;
  cause: EventCause;
}
type Row = Omit<Booking, 'createdAt'> & { createdAt: Date };

const COLUMNS = `id, room, day::text, lower(hours) AS "fromHour", upper(hours) AS "toHour", created_at AS "createdAt"`;

/**
 * Stores bookings in PostgreSQL. `decideBooking` has the rules, `keyedWrites` runs the transactions, and this file has
 * the SQL.
 */
export function createPostgresBookings(options: PostgresBookingsOptions): Bookings & { close(): Promise<void> } {
  const { pool, query, cause } = options;
  const domain = { load: loadCalendar, decide, store: insertBookings };
  const writes = keyedWrites<Order, Calendar, Order>({ pool, domain, toStoreError: asStoreError });
  return {
    book(ownerId, request, { room, day, fromHour, toHour }) {
      const id = newId();
      const booking = { id, room, day, fromHour, toHour, createdAt: instantOfId(id).toISOString() };
      return writes.submit({ ownerId, ...request, order: { ownerId, booking, cause: cause() } });
    },
    async list(ownerId, { beforeId, limit }) {
      const rows = await query<Row>({
        name: 'list_bookings',
        text: `SELECT ${COLUMNS} FROM bookings WHERE owner_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
        values: [ownerId, beforeId, limit],
      });
      return rows.map(bookingOf);
    },
    async find(ownerId, id) {
      const rows = await query<Row>({
        name: 'find_booking',
        text: `SELECT ${COLUMNS} FROM bookings WHERE id = $1 AND owner_id = $2`,
        values: [id, ownerId],
      });
      return rows.map(bookingOf)[0];
    },
    close: () => writes.close(),
  };
}

function decide(calendar: Calendar, order: Order): Decision<Order> {
  const { ownerId, booking, cause } = order;
  if (decideBooking(calendar, booking) === 'taken')
    return { isAccepted: false, error: invalidField('fromHour', 'overlaps with another booking of the room') };
  const { id: bookingId, room, day, fromHour, toHour } = booking;
  const data = { bookingId, room, day, fromHour, toHour };
  return {
    isAccepted: true,
    effect: order,
    reply: { status: 201, location: `/v1/bookings/${bookingId}`, body: JSON.stringify(booking) },
    events: [createEvent({ type: 'room.booked', subjects: [ownerId], source: 'bookings', ...cause, data })],
  };
}

/**
 * Locks each room and day in a fixed order, so that two batches never deadlock. The second statement starts after the
 * locks are taken. So it reads the bookings that other batches committed while the first statement waited.
 */
async function loadCalendar(client: BatchClient, orders: readonly Order[]): Promise<Calendar> {
  const wishes = orders.map(({ booking }) => booking);
  const [, { rows }] = await Promise.all([
    client.query({
      name: 'lock_days',
      text: `SELECT pg_advisory_xact_lock(hashtextextended(day, 1))
             FROM (SELECT DISTINCT day FROM unnest($1::text[]) AS day ORDER BY day OFFSET 0) AS sorted`,
      values: [wishes.map(pageOf)],
    }),
    client.query<{ room: Room; day: string; fromHour: number; toHour: number }>({
      name: 'read_days',
      text: `SELECT room, day::text, lower(hours) AS "fromHour", upper(hours) AS "toHour" FROM bookings
             JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::date[]) AS wished (room, day)) AS wished USING (room, day)`,
      values: [wishes.map(({ room }) => room), wishes.map(({ day }) => day)],
    }),
  ]);
  const calendar: Calendar = new Map();
  for (const row of rows) calendar.set(pageOf(row), [...(calendar.get(pageOf(row)) ?? []), row]);
  return calendar;
}

function insertBookings(orders: readonly Order[]): QueryConfig {
  const bookings = orders.map(({ booking }) => booking);
  return {
    name: 'insert_bookings',
    text: `INSERT INTO bookings (id, owner_id, room, day, hours, created_at)
           SELECT id, owner_id, room, day, int4range(from_hour, to_hour), created_at
           FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::int[], $6::int[], $7::timestamptz[])
             AS new (id, owner_id, room, day, from_hour, to_hour, created_at)`,
    values: [
      bookings.map(({ id }) => id),
      orders.map(({ ownerId }) => ownerId),
      bookings.map(({ room }) => room),
      bookings.map(({ day }) => day),
      bookings.map(({ fromHour }) => fromHour),
      bookings.map(({ toHour }) => toHour),
      bookings.map(({ createdAt }) => createdAt),
    ],
  };
}

function bookingOf({ createdAt, ...booking }: Row): Booking {
  return { ...booking, createdAt: createdAt.toISOString() };
}
