import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, send, thePassword, type Reply } from './http-client.js';
import { problem } from './playing-service.js';

let redis: GatewayAndAccounts['redis'];
let accounts: GatewayAndAccounts['accounts'];
let gateway: GatewayAndAccounts['gateway'];
let close: () => Promise<void>;

// From each IP address, RATE_LIMIT_LOGIN_MAX allows one failed sign-in for each e-mail address. Over all IP addresses,
// three times as many failures cause no delay. So the fourth failure for an e-mail address causes a delay.
beforeAll(async () => {
  ({ gateway, accounts, redis, close } = await runGatewayAndAccounts({
    settings: { TRUST_PROXY: '1', RATE_LIMIT_LOGIN_MAX: '1', RATE_LIMIT_ANONYMOUS_MAX: '20' },
  }));
});
afterAll(() => close());

const free = 3;
let addresses = 0;
const newAddress = () => `2001:db8:${(addresses += 1).toString(16)}::1`;
const keyOf = (email: string) => `rate:account:${createHash('sha256').update(email).digest('base64url')}`;

function guess(
  email: string,
  password = 'a wrong password',
  { from = newAddress(), cookie = '' } = {},
): Promise<Reply> {
  const headers = { 'x-forwarded-for': from, ...(cookie && { cookie }) };
  return send(gateway.url, 'POST', '/v1/session', { json: { email, password }, headers });
}

const statusesOf = async (replies: Promise<Reply>[]) => (await Promise.all(replies)).map(({ status }) => status);
/** The end of a delay that no test reaches: the year 2255, in epoch milliseconds. */
const farAhead = 9_000_000_000_000;

/** Registers a user and signs in. `device` is the cookie that marks this browser as known. */
async function knownDevice() {
  const person = await register(gateway.url);
  const reply = await guess(person.email, thePassword);
  const lines = (reply.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] ?? '');
  return { ...person, device: lines.find((line) => line.startsWith('mainstay.device=')) ?? '' };
}

describe('sign-in and registration', () => {
  it('are limited by address even if the caller has a session', async () => {
    const from = newAddress();
    const { cookie = '' } = await register(gateway.url);
    const statuses = [];
    for (let count = 0; count < 21; count += 1) {
      statuses.push((await guess(`victim-${count}@example.com`, undefined, { from, cookie })).status);
    }
    expect(statuses).toEqual([...Array<number>(20).fill(401), 429]);
    const json = { email: 'another@example.com', password: thePassword, displayName: 'Another' };
    const headers = { cookie, 'x-forwarded-for': from };
    expect((await send(gateway.url, 'POST', '/v1/users', { json, headers })).status).toBe(429);
    // Other requests of the user are not affected.
    expect((await send(gateway.url, 'GET', '/v1/session', { headers })).status).toBe(200);
  });
});

describe('consecutive failures for one e-mail, over all addresses', () => {
  it.each([['known'], ['unknown']])('cause growing delays for a %s e-mail', async (kind) => {
    const email = kind === 'known' ? (await register(gateway.url)).email : 'nobody-has-this@example.com';
    expect(await statusesOf(Array.from({ length: free }, () => guess(email)))).toEqual(Array(free).fill(401));
    const delaysS: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      expect((await guess(email)).status).toBe(401);
      const { notBefore, triedAt } = await redis.hgetall(keyOf(email));
      delaysS.push((Number(notBefore) - Number(triedAt)) / 1000);
      await redis.hset(keyOf(email), 'notBefore', farAhead);
      const refused = await guess(email, thePassword);
      expect([refused.status, refused.json().code, Number(refused.headers['retry-after']) > 0]).toEqual([
        429,
        'rate_limited',
        true,
      ]);
      await redis.hset(keyOf(email), 'notBefore', 0);
    }
    expect(delaysS).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  it('do not include attempts during a delay, and these attempts do not extend the delay', async () => {
    const { email } = await register(gateway.url);
    await redis.hset(keyOf(email), { failures: free + 1, triedAt: 1, notBefore: farAhead });
    const before = await redis.hgetall(keyOf(email));
    const worked = accounts.passwordsWorkedOn();
    expect(await statusesOf(Array.from({ length: 5 }, () => guess(email, thePassword)))).toEqual(Array(5).fill(429));
    expect(await redis.hgetall(keyOf(email))).toEqual(before);
    expect(accounts.passwordsWorkedOn()).toBe(worked);
  });

  it('allow one attempt after a delay if many attempts arrive at once', async () => {
    const { email } = await register(gateway.url);
    await redis.hset(keyOf(email), { failures: 20, triedAt: 1, notBefore: 0 });
    const statuses = await statusesOf(Array.from({ length: 15 }, () => guess(email)));
    expect(statuses.filter((status) => status === 401)).toHaveLength(1);
  });

  it('are reset by the right password', async () => {
    const { email } = await register(gateway.url);
    await statusesOf(Array.from({ length: free }, () => guess(email)));
    expect((await guess(email, thePassword)).status).toBe(201);
    expect(await redis.exists(keyOf(email))).toBe(0);
  });
});

describe('after a hundred failures', () => {
  it('only a device that signed in before may try, once a minute', async () => {
    const { email, device } = await knownDevice();
    const stranger = await knownDevice();
    await redis.hset(keyOf(email), 'failures', 100, 'notBefore', 0);
    await redis.pexpire(keyOf(email), 86_400_000);
    for (const cookie of ['', stranger.device, device.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))]) {
      const refused = await guess(email, thePassword, { cookie });
      expect([refused.status, Number(refused.headers['retry-after']) > 86_000]).toEqual([429, true]);
    }
    expect((await guess(email, 'a wrong password', { cookie: device })).status).toBe(401);
    const [, id = ''] = /=([\w-]{22})/.exec(device) ?? [];
    const { triedAt } = await redis.hgetall(`rate:device:${id}`);
    expect(Number(triedAt)).toBeGreaterThan(0);
    const early = await guess(email, thePassword, { cookie: device });
    expect(early.status).toBe(429);
    expect(Number(early.headers['retry-after'])).toBeLessThanOrEqual(60);
    await redis.hset(`rate:device:${id}`, 'triedAt', 0);
    expect((await guess(email, thePassword, { cookie: device })).status).toBe(201);
    expect((await guess(email, thePassword)).status).toBe(201);
  });

  it('a device with a hundred failures counts as unknown', async () => {
    const { email, device } = await knownDevice();
    const [, id = ''] = /=([\w-]{22})/.exec(device) ?? [];
    await redis.hset(keyOf(email), 'failures', 100);
    await redis.hset(`rate:device:${id}`, 'failures', 100);
    expect((await guess(email, thePassword, { cookie: device })).status).toBe(429);
  });

  it('a delay that a stranger caused does not affect a device that signed in before', async () => {
    const { email, device } = await knownDevice();
    await redis.hset(keyOf(email), { failures: free + 1, triedAt: 1, notBefore: farAhead });
    expect((await guess(email, thePassword)).status).toBe(429);
    expect((await guess(email, thePassword, { cookie: device })).status).toBe(201);
  });
});

describe('an outage of the accounts service', () => {
  let devices: Record<'lock' | 'delay', Awaited<ReturnType<typeof knownDevice>>>;
  beforeAll(async () => {
    devices = { lock: await knownDevice(), delay: await knownDevice() };
    accounts.on('POST /internal/sign-ins', (_req, res) => problem(res, 503, 'unavailable'));
  });

  it('does not count as a failed attempt', async () => {
    const { email } = await register(gateway.url);
    expect(await statusesOf([guess(email), guess(email)])).toEqual([503, 503]);
    expect(await redis.hget(keyOf(email), 'failures')).toBe('0');
  });

  it.each([
    ['lock', { failures: 100, notBefore: 0 }],
    ['delay', { failures: free + 1, notBefore: farAhead }],
  ] as const)('does not end the %s of an account if a known device tries', async (limit, { failures, notBefore }) => {
    const { email, device } = devices[limit];
    await redis.hset(keyOf(email), { failures, notBefore });
    expect((await guess(email, thePassword, { cookie: device })).status).toBe(503);
    const [, id = ''] = /=([\w-]{22})/.exec(device) ?? [];
    expect(await redis.hgetall(keyOf(email))).toMatchObject({ failures: `${failures}`, notBefore: `${notBefore}` });
    expect(await redis.hgetall(`rate:device:${id}`)).toMatchObject({ failures: '0', notBefore: '0' });
    expect((await guess(email)).status).toBe(429);
  });
});
