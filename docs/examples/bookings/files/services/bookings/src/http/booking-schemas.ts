import { id, pageOf, pageQuery } from '@mainstay/service/requests';
import { z } from 'zod';
import { rooms } from '../domain/booking.js';

export const bookingParams = z.object({ bookingId: id });
export const newBooking = z.strictObject({
  room: z.enum(rooms, { error: `must be one of ${rooms.join(', ')}` }),
  day: z.iso.date({ error: 'must be a day such as 2030-01-31' }),
  fromHour: z.int().min(0).max(23),
  toHour: z.int().min(1).max(24).meta({ description: 'The booking ends when this hour begins. UTC.' }),
});
export const bookingList = z.strictObject(pageQuery);

export const booking = z
  .object({
    id,
    room: z.enum(rooms),
    day: z.iso.date(),
    fromHour: z.int(),
    toHour: z.int(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Booking' });

export const bookingPage = pageOf(booking).meta({ id: 'BookingPage' });
