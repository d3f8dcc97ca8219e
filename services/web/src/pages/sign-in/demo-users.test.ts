import { expect, it } from '@jest/globals';
import { demoUsers, readDemoUsers } from './demo-users.js';

it('reads the users of the page, and none from a page without them', () => {
  const user = { email: 'ada@example.com', password: 'secret' };
  expect(readDemoUsers(JSON.stringify([user, 7, { email: 1 }]))).toEqual([user]);
  expect([readDemoUsers(undefined), readDemoUsers('{'), readDemoUsers('{}'), demoUsers]).toEqual([[], [], [], []]);
});
