import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestRedis } from '@mainstay/platform/testing';
import { createLimitedApp, PASSWORD, type LimitedApp } from './limited-app.js';

const closers: (() => unknown)[] = [];
let app: LimitedApp;
let otherProcess: LimitedApp;

beforeAll(async () => {
  let url = process.env.TEST_REDIS_URL;
  if (url === undefined) {
    const own = await createTestRedis();
    closers.push(() => own.close());
    url = own.url;
  }
  [app, otherProcess] = [createLimitedApp(url), createLimitedApp(url)];
  for (const { redis } of [app, otherProcess]) {
    closers.unshift(() => redis.disconnect());
    await redis.ping().catch(() => new Promise((resolve) => redis.once('ready', resolve)));
  }
});
afterAll(async () => {
  for (const close of closers) await close();
});

/** Random, because other tests and earlier runs may count in the same Redis. */
const newAddress = () => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;
const newPrefix = () => `2001:db8:${randomInt(0x10000).toString(16)}:${randomInt(0x100).toString(16)}`;
const newEmail = () => `${randomUUID()}@example.com`;

async function statuses(calls: PromiseLike<{ status: number }>[]): Promise<number[]> {
  return (await Promise.all(calls)).map(({ status }) => status).sort((a, b) => a - b);
}

describe('the limit of requests', () => {
  it('responds with 429 beyond the limit, and says when to retry', async () => {
    const address = newAddress();
    const first = await app.get({ address });
    expect(first.status).toBe(200);
    expect(first.get('ratelimit')).toMatch(/^"anonymous"; r=2; t=(60|59)$/);
    expect(first.get('ratelimit-policy')).toMatch(/^"anonymous"; q=3; w=60; pk=:.+:$/);
    await app.get({ address });
    await app.get({ address });
    const refused = await app.get({ address });
    expect(refused.status).toBe(429);
    expect(refused.type).toBe('application/problem+json');
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'rate_limited',
      detail: 'Too many requests - please try again later.',
    });
    expect(Number(refused.get('retry-after'))).toBeGreaterThan(55);
    expect(Number(refused.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(refused.get('ratelimit')).toMatch(/r=0/);
  });

  it('counts a signed-in user from all addresses together, and not in the limit of an address', async () => {
    const [user, address] = [randomUUID(), newAddress()];
    const calls = [newAddress(), newAddress(), address, address, address].map((from) =>
      app.get({ address: from, user }),
    );
    expect(await statuses(calls)).toEqual([200, 200, 200, 200, 200]);
    expect((await app.get({ address: newAddress(), user })).status).toBe(429);
    expect((await app.get({ address })).status).toBe(200);
    expect((await app.get({ address, user: randomUUID() })).status).toBe(200);
  });

  it('counts an IPv6 /56 as one address, and an IPv4 address alone in either notation', async () => {
    const prefix = newPrefix();
    const neighbours = ['00::1', '01::1', 'ff:1:2:3:4'].map((rest) => app.get({ address: `${prefix}${rest}` }));
    expect(await statuses(neighbours)).toEqual([200, 200, 200]);
    expect((await app.get({ address: `${prefix}00::2` })).status).toBe(429);
    expect((await app.get({ address: `${newPrefix()}00::1` })).status).toBe(200);

    const address = newAddress();
    const calls = [address, `::ffff:${address}`, address].map((spelling) => app.get({ address: spelling }));
    expect(await statuses(calls)).toEqual([200, 200, 200]);
    expect((await app.get({ address: `::ffff:${address}` })).status).toBe(429);
    expect((await app.get({ address: `::ffff:${newAddress()}` })).status).toBe(200);
  });

  it('applies to all processes together', async () => {
    const address = newAddress();
    await app.get({ address });
    await otherProcess.get({ address });
    await app.get({ address });
    expect((await otherProcess.get({ address })).status).toBe(429);
  });
});

describe('the limit of failed sign-ins', () => {
  it('refuses even the right password after too many wrong passwords, and does not check it', async () => {
    const from = { address: newAddress(), email: newEmail() };
    expect((await app.signIn({ ...from, password: 'wrong' })).status).toBe(401);
    expect((await otherProcess.signIn({ ...from, password: 'wrong' })).status).toBe(401);
    const before = app.attempts();
    const refused = await app.signIn({ ...from, password: PASSWORD });
    expect([refused.status, refused.get('retry-after')]).toEqual([429, expect.stringMatching(/^(60|5\d)$/)]);
    expect(app.attempts()).toBe(before);
  });

  it('does not lock out the same e-mail from another address, or another e-mail from the same address', async () => {
    const [email, address] = [newEmail(), newAddress()];
    for (let i = 0; i < 4; i += 1) await app.signIn({ address, email, password: 'wrong' });
    expect((await app.signIn({ address, email, password: PASSWORD })).status).toBe(429);
    expect((await app.signIn({ address: newAddress(), email, password: PASSWORD })).status).toBe(201);
    expect((await app.signIn({ address, email: newEmail(), password: PASSWORD })).status).toBe(201);
  });

  it('does not count a success, a malformed request, or an outage of the platform', async () => {
    const from = { address: newAddress(), email: newEmail() };
    for (const password of [PASSWORD, undefined, 'during an outage', PASSWORD, PASSWORD]) {
      expect((await app.signIn({ ...from, password })).status).not.toBe(429);
    }
  });

  it('counts all spellings of an e-mail together', async () => {
    const [address, email] = [newAddress(), newEmail()];
    await app.signIn({ address, email, password: 'wrong' });
    await app.signIn({ address, email: ` ${email.toUpperCase()} `, password: 'wrong' });
    expect((await app.signIn({ address, email, password: 'wrong' })).status).toBe(429);
  });

  it('admits no more attempts than the maximum if all attempts arrive at once', async () => {
    const from = { address: newAddress(), email: newEmail() };
    const calls = Array.from({ length: 20 }, () => app.signIn({ ...from, password: 'wrong' }));
    expect((await statuses(calls)).filter((status) => status === 401)).toHaveLength(2);
  });

  it('limits sign-ins without a readable e-mail too', async () => {
    const address = newAddress();
    for (const email of [undefined, 1]) await app.signIn({ address, email, password: 'wrong' });
    expect((await app.signIn({ address, email: { a: 1 }, password: 'wrong' })).status).toBe(429);
  });
});
