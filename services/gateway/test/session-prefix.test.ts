import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sealed } from './running-gateway.js';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, send, thePassword, type Reply } from './http-client.js';

let gateway: GatewayAndAccounts['gateway'];
let redis: GatewayAndAccounts['redis'];
let close: () => Promise<void>;

beforeAll(async () => {
  ({ gateway, redis, close } = await runGatewayAndAccounts({ settings: { TRUST_PROXY: 'loopback' } }));
});
afterAll(() => close());

const overTls = { 'x-forwarded-proto': 'https' };
const bound = '__Host-mainstay.sid';
const plain = 'mainstay.sid';

/** Returns the cookies of a response as name and value, in their order. */
const cookiesOf = (reply: Reply): [string, string][] =>
  (reply.headers['set-cookie'] ?? []).map((line) => {
    const [pair = ''] = line.split(';');
    return [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
  });
const valueOf = (reply: Reply, name: string): string => new Map(cookiesOf(reply)).get(name) ?? '';
const sidIn = (value: string): string => /^s%3A([^.]+)\./.exec(value)?.[1] ?? '';
const get = (cookie: string, path = '/v1/session') =>
  send(gateway.url, 'GET', path, { headers: { ...overTls, cookie } });

async function signInOverTls(email: string, cookie = ''): Promise<Reply> {
  const headers = { ...overTls, ...(cookie && { cookie }) };
  const reply = await send(gateway.url, 'POST', '/v1/session', { json: { email, password: thePassword }, headers });
  if (reply.status !== 201) throw new Error(`sign-in answered ${reply.status}: ${reply.text}`);
  return reply;
}

/** Opens a session as release 0.1.0 does over TLS: its cookie has no prefix. */
async function sessionOfFormerRelease() {
  const person = await register(gateway.url);
  const [, sid = ''] = /s%3A([^.]+)\./.exec(person.cookie ?? '') ?? [];
  return { ...person, sid, value: (person.cookie ?? '').slice(plain.length + 1) };
}

describe('over TLS', () => {
  it('a sign-in sets a cookie with the prefix, and for release 0.1.0 the same value without the prefix', async () => {
    const { email } = await register(gateway.url);
    const reply = await signInOverTls(email);
    expect(cookiesOf(reply).map(([name]) => name)).toEqual(expect.arrayContaining([bound, plain]));
    expect(cookiesOf(reply)[0]?.[0]).toBe(bound);
    expect(valueOf(reply, plain)).toBe(valueOf(reply, bound));
    for (const line of reply.headers['set-cookie'] ?? [])
      expect(line).toMatch(/; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/);
    expect(JSON.parse((await redis.get(`session:${sidIn(valueOf(reply, bound))}`)) ?? '')).toHaveProperty('userId');
  });

  it('a session of a cookie with the prefix is not accepted in a cookie without it, also over plain HTTP', async () => {
    const { email } = await register(gateway.url);
    const cookie = `${plain}=${valueOf(await signInOverTls(email), plain)}`;
    expect((await get(cookie)).status).toBe(401);
    expect((await send(gateway.url, 'GET', '/v1/session', { headers: { cookie } })).status).toBe(401);
  });

  it('a cookie without the prefix that an attacker set is ignored if the browser also sends its own cookie', async () => {
    const [victim, attacker] = [await register(gateway.url), await sessionOfFormerRelease()];
    const own = `${bound}=${valueOf(await signInOverTls(victim.email), bound)}`;
    for (const cookie of [`${plain}=${attacker.value}; ${own}`, `${own}; ${plain}=${attacker.value}; ${plain}=x`]) {
      const reply = await get(cookie);
      expect([reply.status, reply.json<{ user: { email: string } }>().user.email]).toEqual([200, victim.email]);
    }
  });

  it('a session move that an attacker wrote into Redis does not sign the caller in as another user', async () => {
    const [victim, attacker] = [await register(gateway.url), await sessionOfFormerRelease()];
    const theirs = valueOf(await signInOverTls(victim.email), bound);
    await redis.set(`session:moved:${attacker.sid}`, sidIn(theirs));
    const reply = await get(`${plain}=${attacker.value}`);
    expect([reply.status, cookiesOf(reply).filter(([, value]) => value === theirs)]).toEqual([401, []]);
  });

  it('a sign-out removes both cookies', async () => {
    const { email } = await register(gateway.url);
    const value = valueOf(await signInOverTls(email), bound);
    const headers = { ...overTls, cookie: `${bound}=${value}; ${plain}=${value}` };
    const reply = await send(gateway.url, 'DELETE', '/v1/session', { headers });
    expect([reply.status, Object.fromEntries(cookiesOf(reply))]).toMatchObject([204, { [bound]: '', [plain]: '' }]);
    expect((await get(`${bound}=${value}`)).status).toBe(401);
  });
});

describe('a session of release 0.1.0', () => {
  it('continues with a new secret id and a cookie with the prefix, also with concurrent requests', async () => {
    const person = await sessionOfFormerRelease();
    const replies = await Promise.all(Array.from({ length: 4 }, () => get(`${plain}=${person.value}`)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(replies.map((reply) => reply.json<{ session: { id: string } }>().session.id)).toEqual(
      Array(4).fill(person.sessionId),
    );
    const values = new Set(replies.flatMap((reply) => [valueOf(reply, bound), valueOf(reply, plain)]));
    expect(values.size).toBe(1);
    const [value = ''] = values;
    expect(sidIn(value)).not.toBe(person.sid);
    expect((await get(`${bound}=${value}; ${plain}=${value}`)).headers['set-cookie']).toBeUndefined();
    // A client that did not receive the response can use the replaced id for one hour. Its use adds no time.
    const headers = { cookie: `${plain}=${person.value}` };
    expect((await send(gateway.url, 'GET', '/v1/session', { headers })).status).toBe(200);
    expect(await redis.ttl(`session:${person.sid}`)).toBeLessThanOrEqual(3_600);
    // Release 0.1.0 can also read the new session, and the list contains the session only once.
    expect(JSON.parse((await redis.get(`session:${sidIn(value)}`)) ?? '')).toMatchObject({ userId: person.userId });
    expect((await get(`${bound}=${value}`, '/v1/sessions')).json<{ items: object[] }>().items).toHaveLength(1);
  });

  it('ends under both secret ids when it is revoked', async () => {
    const person = await sessionOfFormerRelease();
    const value = valueOf(await get(`${plain}=${person.value}`), bound);
    const headers = { ...overTls, cookie: `${bound}=${value}` };
    expect((await send(gateway.url, 'DELETE', `/v1/sessions/${person.sessionId}`, { headers })).status).toBe(204);
    for (const cookie of [`${bound}=${value}`, `${plain}=${person.value}`])
      expect((await get(cookie)).status).toBe(401);
    expect(await redis.exists(`session:${person.sid}`)).toBe(0);
  });

  it('ends with its absolute lifetime, under both cookie names', async () => {
    const person = await sessionOfFormerRelease();
    const key = `session:${person.sid}`;
    const stored = JSON.parse((await redis.get(key)) ?? '') as { createdAt: string };
    const expired = { ...stored, createdAt: new Date(Date.now() - 31 * 86_400_000).toISOString() };
    await redis.set(key, sealed(key, expired), 'KEEPTTL');
    const reply = await get(`${plain}=${person.value}`);
    expect([reply.status, reply.headers['set-cookie']]).toEqual([401, undefined]);
  });

  it('is not accepted with a wrong signature', async () => {
    const { sid } = await sessionOfFormerRelease();
    const forged = createHmac('sha256', randomBytes(8)).update(sid).digest('base64').replace(/=+$/, '');
    const reply = await get(`${plain}=${encodeURIComponent(`s:${sid}.${forged}`)}`);
    expect([reply.status, reply.headers['set-cookie']]).toEqual([401, undefined]);
  });

  it('is replaced by a new session if its browser signs in again', async () => {
    const person = await sessionOfFormerRelease();
    const reply = await signInOverTls(person.email, `${plain}=${person.value}`);
    expect(cookiesOf(reply).filter(([name]) => name === bound)).toHaveLength(1);
    expect((await get(`${plain}=${person.value}`)).status).toBe(401);
    expect((await get(`${bound}=${valueOf(reply, bound)}`)).status).toBe(200);
  });
});
