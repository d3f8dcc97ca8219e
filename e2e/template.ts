/** The test that `npm run fork:add-service -- NAME` copies for the new service. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startPlatform, type Platform } from './platform.js';
import { visitor } from './visitor.js';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
}, 60_000);
afterAll(() => platform.close());

it('shows the items of the template service to every signed-in user', async () => {
  const ada = visitor(platform.url);
  expect((await ada.get('/v1/template')).status).toBe(401);
  await ada.post('/v1/users', { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' });
  expect((await ada.get('/v1/template/first')).json).toEqual({ id: 'first', name: 'The first item' });
});
