import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startPlatform, type Platform } from './platform.js';
import { visitor } from './visitor.js';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
}, 60_000);
afterAll(() => platform.close());

it('books a room once for each key, refuses a second booking, and shows the event in the activity', async () => {
  const [ada, bob] = [visitor(platform.url), visitor(platform.url)];
  expect((await ada.get('/v1/bookings')).status).toBe(401);
  await ada.post('/v1/users', { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' });
  await bob.post('/v1/users', { email: 'bob@example.com', password: 'correct horse battery', displayName: 'Bob' });
  const wish = { room: 'library', day: '2130-01-31', fromHour: 9, toHour: 12 };
  const first = await ada.postKeyed('/v1/bookings', wish, 'library');
  const again = await ada.postKeyed('/v1/bookings', wish, 'library');
  expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
  expect((await bob.postKeyed('/v1/bookings', wish)).status).toBe(400);
  expect((await ada.get('/v1/bookings')).json).toEqual({ items: [first.json], nextCursor: null });
  expect((await bob.get(`/v1/bookings/${first.json.id}`)).status).toBe(404);

  const typesOf = async () =>
    ((await ada.get('/v1/activity')).json.items as { type: string }[]).map(({ type }) => type);
  expect(await eventually(typesOf, (types) => types.includes('room.booked'))).toContain('user.registered');
});
