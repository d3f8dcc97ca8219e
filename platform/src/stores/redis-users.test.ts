import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { ServiceName } from '../services.ts';
import { testRedisUrl } from './redis.ts';
import { createTestRedis, type TestRedis } from '../testing/test-servers.ts';

let server: TestRedis;
const clients = {} as Record<ServiceName, Redis>;
const users = ['gateway', 'accounts', 'activity'] as const;

beforeAll(async () => {
  server = await createTestRedis();
  for (const user of users) clients[user] = new Redis(testRedisUrl(server.url, user));
});
afterAll(async () => {
  for (const client of Object.values(clients)) client.disconnect();
  await server.close();
});

const outcome = (command: Promise<unknown>) => command.then(String, (error: Error) => error.message.split(' ')[0]);

describe('the Redis user of a service', () => {
  it.each(users)('%s cannot administer the server, and reads only its own keys', async (user) => {
    const redis = clients[user];
    const refused = [
      redis.flushall(),
      redis.config('GET', '*'),
      redis.acl('LIST'),
      redis.keys('*'),
      redis.scan(0),
      redis.client('LIST'),
      redis.call('DEBUG', 'SLEEP', '0'),
      redis.call('REPLICAOF', 'NO', 'ONE'),
      redis.function('LIST'),
      redis.call('MONITOR'),
      redis.get('key'),
      redis.eval(`return redis.call('GET', 'key')`, 0),
      redis.eval(`return redis.call('FLUSHALL')`, 0),
      redis.publish('news', '1'),
    ];
    expect(await Promise.all(refused.map(outcome))).toEqual(refused.map(() => expect.stringMatching(/^(NOPERM|ERR)$/)));
  });

  it.each(['accounts', 'activity'] as const)('%s cannot read, write or revoke sessions', async (user) => {
    const redis = clients[user];
    const refused = [
      redis.get('session:1'),
      redis.set('session:1', '{}'),
      redis.del('session:1'),
      redis.set('user-sessions:1', '{}'),
      redis.set('rate:1', '1'),
      redis.eval(`return redis.call('SET', 'session:1', '{}')`, 0),
      redis.publish('sessions:revoked', '1'),
    ];
    expect(await Promise.all(refused.map(outcome))).toEqual(refused.map(() => expect.stringMatching(/^(NOPERM|ERR)$/)));
  });

  it('gateway can append events and cannot read them', async () => {
    const { gateway } = clients;
    expect(await outcome(gateway.xadd('{events}:stream', '*', 'event', '{}'))).toMatch(/^\d+-\d+$/);
    for (const refused of [
      gateway.xrange('{events}:stream', '-', '+'),
      gateway.xtrim('{events}:stream', 'MAXLEN', 0),
      gateway.set('{events}:cursor', '1'),
      gateway.publish('{events}:stored', '{}'),
    ])
      expect(await outcome(refused)).toBe('NOPERM');
  });

  it('cannot connect with a wrong password', async () => {
    const wrong = new Redis(server.url, { username: 'gateway', password: 'guessed', retryStrategy: () => null });
    wrong.on('error', () => undefined);
    expect(await outcome(wrong.ping())).not.toBe('PONG');
    wrong.disconnect();
  });
});
