import { expect, it } from '@jest/globals';
import { demoUsers, readDemoUsers } from './demo-users.js';

it('returns the valid demo users, and an empty list for missing or invalid content', () => {
  const user = { email: 'ada@example.com', password: 'secret' };
  expect(readDemoUsers(JSON.stringify([user, 7, { email: 1 }]))).toEqual([user]);
  expect([readDemoUsers(undefined), readDemoUsers('{'), readDemoUsers('{}'), demoUsers]).toEqual([[], [], [], []]);
});
