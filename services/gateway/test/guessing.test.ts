import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, send, thePassword, visit, type Reply, type Visitor } from './http-client.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let redis: GatewayAndAccounts['redis'];
let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let redisUrl: string;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ gateway, accounts, redis, redisUrl, close } = await runGatewayAndAccounts({
    settings: { TRUST_PROXY: '1', RATE_LIMIT_LOGIN_MAX: '3' },
  }));
});

afterAll(() => close());

const attempt = (email: unknown, password: string, from = '203.0.113.1'): Promise<Reply> =>
  send(gateway.url, 'POST', '/v1/session', { json: { email, password }, headers: { 'x-forwarded-for': from } });

/** Sends wrong passwords until the address is refused for this e-mail. */
async function useUp(email: string, from?: string): Promise<void> {
  for (let count = 0; count < 3; count += 1) expect((await attempt(email, 'a wrong password', from)).status).toBe(401);
  expect((await attempt(email, 'a wrong password', from)).status).toBe(429);
}

describe('failed sign-ins', () => {
  it('do not lock out a caller from another address', async () => {
    const { email } = await register(gateway.url);
    for (const attacker of ['203.0.113.7', '203.0.113.8', '2001:db8::1']) await useUp(email, attacker);
    expect((await attempt(email, thePassword, '198.51.100.1')).status).toBe(201);
    expect((await attempt(email, thePassword, '2001:db8:ffff::1')).status).toBe(201);
  });

  it('count for one e-mail in all its spellings', async () => {
    const { email } = await register(gateway.url);
    await useUp(email);
    const worked = accounts.passwordsWorkedOn();
    const spellings = [
      email.toUpperCase(),
      ` ${email}\t`,
      `\u00a0${email}\u2003`,
      `\ufeff${email}\n`,
      email.replace('p', 'P'),
      `${email.replace('example', 'EXAMPLE')} `,
    ];
    for (const spelling of spellings) {
      expect([spelling, (await attempt(spelling, thePassword)).status]).toEqual([spelling, 429]);
    }
    // These values are not e-mails, so they are refused before the password check.
    const others = [
      email.replace('o', '\u03bf'),
      email.replace('@', '\uff20'),
      email.replace('e', 'e\u0301'),
      `${email}\0`,
      `${email},b@example.com`,
      [email],
      { email },
    ];
    for (const other of others) {
      expect([400, 429]).toContain((await attempt(other, thePassword)).status);
    }
    expect(accounts.passwordsWorkedOn()).toBe(worked);
  });

  it('count even if the client does not wait for the response', async () => {
    const { email } = await register(gateway.url);
    const worked = accounts.passwordsWorkedOn();
    for (let count = 0; count < 3; count += 1) {
      const leaving = new AbortController();
      const asked = attemptUntil(leaving.signal, email);
      while (accounts.passwordsWorkedOn() === worked + count) await new Promise(setImmediate);
      leaving.abort();
      await asked;
    }
    expect((await attempt(email, thePassword)).status).toBe(429);
  });

  it('count for the real address if the client claims other addresses', async () => {
    const direct = await runGateway({
      redisUrl,
      accountsUrl: accounts.url,
      settings: { RATE_LIMIT_LOGIN_MAX: '3' },
    });
    const { email } = await register(direct.url);
    const guess = (from: string) =>
      send(direct.url, 'POST', '/v1/session', {
        json: { email, password: 'a wrong password' },
        headers: { 'x-forwarded-for': from, forwarded: `for=${from}`, 'x-real-ip': from },
      });
    const statuses = [];
    for (let count = 1; count <= 5; count += 1) statuses.push((await guess(`203.0.113.${count}`)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    await direct.close();
  });

  it.each([
    ['ports', (count: number) => `203.0.113.99:5000${count}`],
    ['spellings of an IPv6 address', (count: number) => `[2001:DB8:99:ab0${count}::1]:44${count}`],
    ['spellings of an IPv4 address', (count: number) => ['203.0.113.98', '::ffff:203.0.113.98'][count % 2]!],
  ])('count for one address if a proxy writes different %s', async (_what, fromOf) => {
    const { email } = await register(gateway.url);
    const statuses = [];
    for (let count = 1; count <= 5; count += 1) {
      statuses.push((await attempt(email, 'a wrong password', fromOf(count))).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  it('store no e-mail in Redis', async () => {
    const { email } = await register(gateway.url);
    await attempt(email, 'a wrong password');
    const keys = await redis.keys('rate:login:*');
    expect(keys.some((key) => key.includes(email))).toBe(false);
    expect(keys.some((key) => key.includes(createHash('sha256').update(email).digest('base64url')))).toBe(true);
  });
});

function attemptUntil(signal: AbortSignal, email: string): Promise<unknown> {
  return send(gateway.url, 'POST', '/v1/session', {
    json: { email, password: 'a wrong password' },
    headers: { 'x-forwarded-for': '203.0.113.1' },
    signal,
  }).catch(() => undefined);
}

describe('wrong current passwords', () => {
  const change = (visitor: Visitor, currentPassword: string, newPassword = 'another horse battery') =>
    visitor.send('PUT', '/v1/users/me/password', { json: { currentPassword, newPassword } });

  it('are limited for each user, over all sessions and addresses', async () => {
    const person = await register(gateway.url);
    const device = visit(gateway.url);
    await device.send('POST', '/v1/session', { json: { email: person.email, password: thePassword } });
    const replies = [];
    for (const visitor of [person, device, person]) replies.push(await change(visitor, 'a wrong password'));
    expect(replies.map((reply) => reply.json().code)).toEqual(Array(3).fill('invalid_request'));
    const checks = () => accounts.received.filter(({ url }) => url === '/internal/password-checks').length;
    const asked = checks();
    for (const visitor of [person, device]) {
      const refused = await change(visitor, thePassword);
      expect([refused.status, refused.json().code, Number(refused.headers['retry-after']) > 0]).toEqual([
        429,
        'rate_limited',
        true,
      ]);
    }
    expect(checks()).toBe(asked);
    // Other users, and other requests of this user, are not affected.
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
    expect((await change(await register(gateway.url), thePassword)).status).toBe(204);
  });

  it('are not counted if another field is wrong, or if the password is right', async () => {
    const person = await register(gateway.url);
    for (let count = 0; count < 4; count += 1) expect((await change(person, thePassword, 'short')).status).toBe(400);
    let [present, next] = [thePassword, 'another horse battery'];
    for (let count = 0; count < 4; count += 1) {
      expect((await change(person, present, next)).status).toBe(204);
      [present, next] = [next, present];
    }
  });
});
