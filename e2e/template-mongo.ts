/** The test that `npm run fork:add-service -- NAME --store mongo` copies for the new service. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startPlatform, type Platform } from './platform.js';
import { visitor } from './visitor.js';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
}, 60_000);
afterAll(() => platform.close());

it('keeps an item in the template service for the user who stored it', async () => {
  const ada = visitor(platform.url);
  expect((await ada.get('/v1/template')).status).toBe(401);
  await ada.post('/v1/users', { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' });
  const item = { id: 'first', name: 'Tea' };
  expect((await ada.put('/v1/template/first', { name: 'Tea' })).json).toEqual(item);
  expect((await ada.get('/v1/template')).json).toEqual({ items: [item], nextCursor: null });
  expect((await ada.get('/v1/template/first')).json).toEqual(item);
});
