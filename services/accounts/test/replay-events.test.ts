import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventKeys } from '@mainstay/events';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { Redis } from 'ioredis';
import { startAccounts, type RunningAccounts } from './running-accounts.js';

const program = fileURLToPath(new URL('../dist/replay-events.js', import.meta.url));
let accounts: RunningAccounts;
let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  [accounts, server] = await Promise.all([startAccounts(), createTestRedis()]);
  redis = new Redis(server.url);
  await accounts.register();
});
afterAll(async () => {
  redis.disconnect();
  await Promise.all([accounts.close(), server.close()]);
});

function replay(from: string) {
  const env = { PATH: process.env.PATH, DATABASE_URL: accounts.database.url, REDIS_URL: server.url };
  return spawnSync(process.execPath, [program, '--from', from], { env, encoding: 'utf8' });
}

describe('dist/replay-events.js', () => {
  it('changes nothing if no event was recorded since the given time', async () => {
    await redis.set(eventKeys.cursor, 'as before');
    const { status, stderr } = replay('2999-01-01T00:00:00Z');
    expect([status, stderr]).toEqual([
      1,
      'No event was recorded since 2999-01-01T00:00:00.000Z, so no event is sent again.\n',
    ]);
    expect(await redis.get(eventKeys.cursor)).toBe('as before');
  });

  it('moves the cursor back if events were recorded since the given time', async () => {
    await redis.set(eventKeys.cursor, 'as before');
    expect(replay('2020-01-01T00:00:00Z').status).toBe(0);
    expect(await redis.get(eventKeys.cursor)).not.toBe('as before');
  });
});
