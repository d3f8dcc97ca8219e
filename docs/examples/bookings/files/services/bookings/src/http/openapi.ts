import { refusalReplies } from '@mainstay/errors';
import { idempotencyKey, json, keyedReply } from '@mainstay/service/requests';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { booking, bookingList, bookingPage, bookingParams, newBooking } from './booking-schemas.js';

const bookRoom: ZodOpenApiOperationObject = {
  operationId: 'bookRoom',
  summary: 'Book a room',
  description: 'The bookings of a room never overlap. A request for booked hours gets 400 with an error on `fromHour`.',
  tags: ['Bookings'],
  requestParams: { header: idempotencyKey },
  requestBody: { required: true, ...json(newBooking) },
  responses: { 201: keyedReply('Booked.', booking) },
};

const listBookings: ZodOpenApiOperationObject = {
  operationId: 'listBookings',
  summary: 'My bookings',
  description: 'The latest first.',
  tags: ['Bookings'],
  requestParams: { query: bookingList },
  responses: { 200: { description: 'A page of bookings.', ...json(bookingPage) } },
};

const getBooking: ZodOpenApiOperationObject = {
  operationId: 'getBooking',
  summary: 'One of my bookings',
  description: 'Returns 404 for a booking of another user.',
  tags: ['Bookings'],
  requestParams: { path: bookingParams },
  responses: { 200: { description: 'The booking.', ...json(booking) }, ...refusalReplies('not_found') },
};

/** The paths of this service in the platform's OpenAPI document. The same schemas validate the requests. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/bookings': { post: bookRoom, get: listBookings },
  '/v1/bookings/{bookingId}': { get: getBooking },
};
