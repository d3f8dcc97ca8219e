/** The test that `npm run fork:add-service -- NAME --store postgres` copies for the new service. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startPlatform, type Platform } from './platform.js';
import { visitor } from './visitor.js';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
}, 60_000);
afterAll(() => platform.close());

it('adds an item to the template service once for each key, and the activity list shows the item', async () => {
  const ada = visitor(platform.url);
  expect((await ada.get('/v1/template')).status).toBe(401);
  await ada.post('/v1/users', { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' });
  const first = await ada.postKeyed('/v1/template', { name: 'Tea' }, 'tea');
  const again = await ada.postKeyed('/v1/template', { name: 'Tea' }, 'tea');
  expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
  expect((await ada.get('/v1/template')).json).toEqual({ items: [first.json], nextCursor: null });
  expect((await ada.get(`/v1/template/${first.json.id}`)).json).toEqual(first.json);

  const typesOf = async () =>
    ((await ada.get('/v1/activity')).json.items as { type: string }[]).map(({ type }) => type);
  await eventually(typesOf, (types) => types.includes('template.item_added'));
});
