import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { register, sidOf, visit } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { runGateway, sessionSecret, type RunningGateway } from './running-gateway.js';

let server: TestRedis;
let redis: Redis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let gateway: RunningGateway;

beforeAll(async () => {
  [server, accounts] = await Promise.all([createTestRedis(), playAccounts()]);
  redis = new Redis(server.url);
  gateway = await runWith(sessionSecret);
});
afterAll(async () => {
  await gateway.close();
  redis.disconnect();
  await Promise.all([accounts.close(), server.close()]);
});

const runWith = (SESSION_SECRET: string) =>
  runGateway({ redisUrl: server.url, accountsUrl: accounts.url, settings: { SESSION_SECRET } });

const statusOf = async (cookie: string | undefined, url = gateway.url) =>
  (await visit(url, cookie ?? '').send('GET', '/v1/session')).status;

const contentOf = async (sid: string) =>
  JSON.parse((await redis.get(`session:${sid}`)) ?? '{}') as Record<string, unknown>;
const write = (sid: string, content: unknown) => redis.set(`session:${sid}`, JSON.stringify(content), 'EX', 1_000);

describe('an attacker who can write to Redis', () => {
  it('cannot turn a session into a session of another user: with changed content, without a MAC, or with the MAC of another session', async () => {
    const [victim, attacker] = await Promise.all([register(gateway.url), register(gateway.url)]);
    const own = sidOf(attacker);
    const theirs = await contentOf(sidOf(victim));
    const before = await contentOf(own);
    expect(await statusOf(attacker.cookie)).toBe(200);
    const unsealed = { ...theirs, mac: undefined };
    for (const content of [{ ...before, userId: theirs.userId }, unsealed, theirs, { ...before, mac: '' }]) {
      await write(own, content);
      expect(await statusOf(attacker.cookie)).toBe(401);
    }
    await write(own, before);
    expect(await statusOf(attacker.cookie)).toBe(200);
    expect(await statusOf(victim.cookie)).toBe(200);
  });
});

describe('a session of release 0.1.0', () => {
  it('is valid without a MAC', async () => {
    const content = { ...(await contentOf(sidOf(await register(gateway.url)))), mac: undefined };
    const sid = 'Rk2c0v1mZ3nq8s5tUxYw7A9bCdEfGhIj';
    await write(sid, content);
    const signature = createHmac('sha256', sessionSecret).update(sid).digest('base64').replace(/=+$/, '');
    expect(await statusOf(`mainstay.sid=${encodeURIComponent(`s:${sid}.${signature}`)}`)).toBe(200);
  });
});

describe('the secrets of the MAC', () => {
  it('change together with the secrets of the cookie, without signing out users who send a request', async () => {
    const fresh = 'another secret of the tests that is long enough';
    const visitor = await register(gateway.url);
    const sealed = (await contentOf(sidOf(visitor))).mac;
    const using = await runWith(`${fresh},${sessionSecret}`);
    const between = visit(using.url, visitor.cookie);
    expect((await between.send('GET', '/v1/session')).status).toBe(200);
    // The gateway writes the new MAC in the background, so wait for it.
    let anew = sealed;
    while (anew === sealed) anew = (await contentOf(sidOf(visitor))).mac;
    expect(await redis.ttl(`session:${sidOf(visitor)}`)).toBeGreaterThan(0);
    await using.close();
    const dropped = await runWith(fresh);
    expect(await statusOf(between.cookie, dropped.url)).toBe(200);
    expect(await statusOf(visitor.cookie, dropped.url)).toBe(401);
    await dropped.close();
  });
});
