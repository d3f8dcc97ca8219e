import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { createIdentityVerifier, generateIdentityKeys } from '@mainstay/identity';
import { Redis } from 'ioredis';
import { register, send, sidOf, signInAgain, thePassword, visit, type Visitor } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { json, problem } from './playing-service.js';
import { talk } from './raw-client.js';
import { runGateway, sessionSecret, type GatewayPlan, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let redis: Redis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let gateway: RunningGateway;
let neighbour: RunningGateway;

beforeAll(async () => {
  [testRedis, accounts] = await Promise.all([createTestRedis(), playAccounts()]);
  redis = new Redis(testRedis.url);
  [gateway, neighbour] = await Promise.all([runWith(), runWith()]);
});

afterAll(async () => {
  await Promise.all([gateway.close(), neighbour.close()]);
  await accounts.close();
  redis.disconnect();
  await testRedis.close();
});

function runWith(settings: Record<string, string> = {}, plan: Partial<GatewayPlan> = {}): Promise<RunningGateway> {
  return runGateway({ redisUrl: testRedis.url, accountsUrl: accounts.url, settings, ...plan });
}

/** Runs `act` with a gateway that has other settings. */
async function during<Result>(
  settings: Record<string, string>,
  act: (url: string) => Promise<Result>,
): Promise<Result> {
  const running = await runWith(settings);
  try {
    return await act(running.url);
  } finally {
    await running.close();
  }
}

function signed(sid: string, secret = sessionSecret): string {
  const signature = createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '');
  return `mainstay.sid=${encodeURIComponent(`s:${sid}.${signature}`)}`;
}

/** Signs a user in on a browser in which an attacker set this cookie. */
async function signInWith(cookie: string, email: string): Promise<Visitor> {
  const visitor = visit(gateway.url, cookie);
  const reply = await visitor.send('POST', '/v1/session', { json: { email, password: thePassword } });
  if (reply.status !== 201) throw new Error(`sign-in answered ${reply.status}: ${reply.text}`);
  return visitor;
}

describe('a cookie that an attacker set', () => {
  it('is never accepted for a new session, even with a valid signature', async () => {
    const { email } = await register(gateway.url);
    const planted = 'chosen-by-somebody-else-00000000';
    const victim = await signInWith(signed(planted), email);
    expect(sidOf(victim)).not.toBe(planted);
    expect((await visit(gateway.url, signed(planted)).send('GET', '/v1/session')).status).toBe(401);
    expect(await redis.exists(`session:${planted}`)).toBe(0);
  });

  it('creates no session without a sign-in', async () => {
    const reply = await send(gateway.url, 'GET', '/v1/accounts', {
      headers: { cookie: signed('planted-and-unknown') },
    });
    expect([reply.status, reply.headers['set-cookie']]).toEqual([401, undefined]);
    expect(await redis.exists('session:planted-and-unknown')).toBe(0);
  });

  it('of the attacker’s own session has no effect, because a sign-in opens a new session', async () => {
    const [attacker, victim] = [await register(gateway.url), await register(gateway.url)];
    const browser = await signInWith(attacker.cookie ?? '', victim.email);
    expect(sidOf(browser)).not.toBe(sidOf(attacker));
    expect((await browser.send('GET', '/v1/session')).json()).toMatchObject({ user: { email: victim.email } });
    expect((await attacker.send('GET', '/v1/session')).status).toBe(401);
  });

  it('makes the caller anonymous if the browser also sends its own cookie', async () => {
    const [attacker, victim] = [await register(gateway.url), await register(gateway.url)];
    const both = [`${attacker.cookie}; ${victim.cookie}`, `${victim.cookie}; a=b;${attacker.cookie}`];
    for (const cookie of both) {
      expect((await send(gateway.url, 'GET', '/v1/session', { headers: { cookie } })).status).toBe(401);
    }
    const twice = `${victim.cookie}; ${victim.cookie}`;
    expect((await send(gateway.url, 'GET', '/v1/session', { headers: { cookie: twice } })).status).toBe(200);
  });

  it.each([
    's%3A',
    's%3A.',
    '',
    'j%3A%7B%7D',
    's%3A__proto__.x',
    `s%3A${'a'.repeat(5_000)}.x`,
    '%E0%A4%A',
    's%3Aa%00.x',
  ])('with an invalid value counts as no session: %s', async (value) => {
    const reply = await send(gateway.url, 'GET', '/v1/session', { headers: { cookie: `mainstay.sid=${value}` } });
    expect([reply.status, reply.json().code]).toEqual([401, 'unauthenticated']);
  });
});

describe('a session that another gateway revokes', () => {
  /** Signs a user in on two devices, each at its own gateway. */
  async function twoDevices() {
    const person = await register(gateway.url);
    return { person, device: await signInAgain(neighbour.url, person) };
  }

  it('ends its running requests, also at the service, and they do not restore it', async () => {
    const { person, device } = await twoDevices();
    const other = await register(gateway.url);
    let answerOther = (): void => undefined;
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const cancelled = new Promise<void>((resolve) => {
      accounts.on('GET /v1/accounts', (_req, res) => {
        res.once('close', resolve);
        arrive();
      });
    });
    const othersArrived = new Promise<void>((resolve) => {
      accounts.on('GET /v1/accounts/one', (_req, res) => {
        answerOther = () => json(res, 200, {});
        resolve();
      });
    });
    const [inFlight, others] = [person.send('GET', '/v1/accounts'), other.send('GET', '/v1/accounts/one')];
    await Promise.all([arrived, othersArrived]);
    expect((await device.send('DELETE', `/v1/sessions/${person.sessionId}`)).status).toBe(204);
    expect((await inFlight).json().code).toBe('unauthenticated');
    await cancelled;
    answerOther();
    expect((await others).status).toBe(200);
    expect(await redis.exists(`session:${sidOf(person)}`)).toBe(0);
    expect(await redis.hkeys(`user-sessions:${person.userId}`)).not.toContain(person.sessionId);
    for (const { url } of [gateway, neighbour]) {
      expect((await visit(url, person.cookie).send('GET', '/v1/session')).status).toBe(401);
    }
  });

  it.each(['/v1/transfers', '/v1/users/me/password'])(
    'is not accepted for a request to %s whose body ends after the revocation',
    async (target) => {
      const { person, device } = await twoDevices();
      accounts.received.length = 0;
      const body = JSON.stringify({ currentPassword: thePassword, newPassword: 'the intruder’s password' });
      const method = target === '/v1/transfers' ? 'POST' : 'PUT';
      const head =
        `${method} ${target} HTTP/1.1\r\nHost: a\r\nCookie: ${person.cookie}\r\nIdempotency-Key: k\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
      const later = (async () => {
        // Wait for the response to a second request. By then the first part of the incomplete request has arrived.
        await visit(gateway.url, person.cookie).send('GET', '/v1/sessions');
        await device.send('DELETE', `/v1/sessions/${person.sessionId}`);
        return Buffer.from(body.slice(1)).toString('latin1');
      })();
      const { statuses } = await talk(gateway.url, head + body.slice(0, 1), { later });
      expect(statuses).toEqual([401]);
      expect(accounts.received.filter(({ url }) => url === target || url === '/internal/password-checks')).toEqual([]);
    },
  );
});

describe('SESSION_SECRET', () => {
  const fresh = 'a-secret-of-next-year-that-is-long-enough';
  const session = (url: string, cookie: string | undefined) => visit(url, cookie).send('GET', '/v1/session');

  it('changes without signing out users who send a request during the change', async () => {
    const person = await register(gateway.url);
    const before = person.cookie;
    const after = await during({ SESSION_SECRET: `${fresh},${sessionSecret}` }, async (url) => {
      const visitor = visit(url, before);
      const reply = await visitor.send('GET', '/v1/session');
      expect(reply.status).toBe(200);
      expect(reply.headers['set-cookie']?.[0]).toMatch(/; Path=\/; .*HttpOnly; SameSite=Lax$/);
      expect(sidOf(visitor)).toBe(sidOf({ cookie: before }));
      // The response contained a cookie that is signed with the new secret, so the next response sets no cookie. The
      // cookie that is signed with the old secret is valid until the old secret is removed.
      expect((await session(url, visitor.cookie)).headers['set-cookie']).toBeUndefined();
      expect((await session(url, before)).status).toBe(200);
      return visitor.cookie;
    });
    await during({ SESSION_SECRET: fresh }, async (url) => {
      expect((await session(url, after)).status).toBe(200);
      expect((await session(url, before)).status).toBe(401);
    });
    // In a rolling update, all gateways must verify cookies with both secrets before any gateway signs with the new
    // secret. So this gateway has the new secret as its second secret, which only verifies cookies.
    await during({ SESSION_SECRET: `${sessionSecret},${fresh}` }, async (url) => {
      expect((await session(url, after)).status).toBe(200);
    });
  });

  it('adds no second session cookie to a response that sets or removes the cookie', async () => {
    const person = await register(gateway.url);
    await during({ SESSION_SECRET: `${fresh},${sessionSecret}` }, async (url) => {
      const visitor = visit(url, person.cookie);
      const again = await visitor.send('POST', '/v1/session', { json: { email: person.email, password: thePassword } });
      const sessionCookies = (again.headers['set-cookie'] ?? []).filter((line) => line.startsWith('mainstay.sid='));
      expect(sessionCookies).toHaveLength(1);
      expect(visitor.cookie).toBe(signed(sidOf(visitor), fresh));
      expect((await visitor.send('DELETE', '/v1/session')).headers['set-cookie']).toHaveLength(1);
    });
  });
});

describe('the identity keys', () => {
  it('change without signing users out: first the services accept the new key, then the gateway signs with it', async () => {
    const [old, fresh] = [generateIdentityKeys(), generateIdentityKeys()];
    const person = await register(gateway.url);
    let known = [old.publicKey];
    accounts.on('GET /v1/accounts', (_req, res, { headers }) => {
      createIdentityVerifier({ publicKeys: known, audience: 'accounts' })
        .verify(String(headers['mainstay-identity']))
        .then(
          () => json(res, 200, {}),
          () => problem(res, 401, 'unauthenticated'),
        );
    });
    const statuses: number[] = [];
    const ask = async (url: string) =>
      statuses.push((await visit(url, person.cookie).send('GET', '/v1/accounts')).status);
    const first = await runWith({ IDENTITY_PRIVATE_KEYS: old.privateKey });
    await ask(first.url);
    known = [old.publicKey, fresh.publicKey];
    await ask(first.url);
    await during({ IDENTITY_PRIVATE_KEYS: `${fresh.privateKey},${old.privateKey}` }, async (url) => {
      await ask(url);
      // The other replica of the gateway still signs with the old key.
      await ask(first.url);
    });
    await first.close();
    known = [fresh.publicKey];
    await during({ IDENTITY_PRIVATE_KEYS: fresh.privateKey }, ask);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
  });
});
