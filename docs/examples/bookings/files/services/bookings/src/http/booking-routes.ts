import { caller } from '@mainstay/identity';
import {
  bodyOf,
  cutPage,
  keyedRequest,
  noQuery,
  paramsOf,
  positionOf,
  queryOf,
  sendStored,
  type Cursors,
} from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import { z } from 'zod';
import { bookRoom, findBooking, type Bookings } from '../domain/booking.js';
import { bookingList, bookingParams, newBooking } from './booking-schemas.js';

/**
 * The routes of a user's bookings. A POST that repeats an idempotency key gets the first reply again, byte for byte.
 */
export function bookingRoutes({ bookings, cursors }: { bookings: Bookings; cursors: Cursors }): Router {
  const routes = createRouter();

  routes.post('/v1/bookings', async (req, res) => {
    queryOf(req, noQuery);
    const body = bodyOf(req, newBooking);
    sendStored(res, await bookRoom({ bookings }, caller(req).userId, keyedRequest(req, { body }), body));
  });

  routes.get('/v1/bookings', async (req, res) => {
    const { userId } = caller(req);
    const { limit, cursor } = queryOf(req, bookingList);
    const list = `bookings:${userId}`;
    const beforeId = positionOf(cursors, list, cursor, z.string());
    const found = await bookings.list(userId, { beforeId, limit: limit + 1 });
    res.json(cutPage(found, limit, ({ id }) => cursors.encode(list, id)));
  });

  routes.get('/v1/bookings/:bookingId', async (req, res) => {
    const { bookingId } = paramsOf(req, bookingParams);
    queryOf(req, noQuery);
    res.json(await findBooking({ bookings }, caller(req).userId, bookingId));
  });

  return routes;
}
