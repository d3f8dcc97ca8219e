import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, send, thePassword, visit } from './http-client.js';
import { runGateway, sessionSecret, type RunningGateway } from './running-gateway.js';

let redis: GatewayAndAccounts['redis'];
let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let redisUrl: string;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ gateway, accounts, redis, redisUrl, close } = await runGatewayAndAccounts());
});

afterAll(() => close());

const eventsOf = async (userId: string): Promise<{ type: string; data: { sessionId: string } }[]> => {
  const messages = await redis.xrange('{events}:stream', '-', '+');
  const events = messages.map(
    ([, [, text = '']]) => JSON.parse(text) as { type: string; subjects: string[]; data: { sessionId: string } },
  );
  return events.filter(({ subjects }) => subjects.includes(userId));
};

describe('POST /v1/users', () => {
  it('registers a user, signs the user in, and returns the location of the user', async () => {
    const visitor = visit(gateway.url);
    const json = { email: 'ada@example.com', password: thePassword, displayName: 'Ada' };
    const reply = await visitor.send('POST', '/v1/users', { json, headers: { 'user-agent': 'a'.repeat(300) } });
    expect(reply.status).toBe(201);
    expect(reply.headers.location).toBe('/v1/users/me');
    const { user, session } = reply.json<{ user: object; session: { id: string; userAgent: string } }>();
    expect(user).toMatchObject({ email: 'ada@example.com', displayName: 'Ada' });
    expect(session).toMatchObject({ current: true, ip: '127.0.0.1', userAgent: 'a'.repeat(200) });
    const told = JSON.parse(accounts.received.find(({ url }) => url === '/internal/users')?.body ?? '{}') as object;
    expect(told).toMatchObject({ session: { id: session.id, ip: '127.0.0.1' } });
    expect((await visitor.send('GET', '/v1/session')).json()).toMatchObject({ user, session: { id: session.id } });
  });

  it('names the wrong fields, also a field that only services may send', async () => {
    const json = { email: 'nobody', password: 'short', displayName: ' ', session: {} };
    const reply = await send(gateway.url, 'POST', '/v1/users', { json });
    expect(reply.status).toBe(400);
    const paths = reply.json<{ errors: { path: string }[] }>().errors.map(({ path }) => path);
    expect(paths.sort()).toEqual(['displayName', 'email', 'password', 'session']);
  });

  it('forwards the refusals of the accounts service', async () => {
    const { email } = await register(gateway.url);
    const json = { email, password: thePassword, displayName: 'Again' };
    const reply = await send(gateway.url, 'POST', '/v1/users', { json });
    expect([reply.status, reply.json().code]).toEqual([409, 'email_taken']);
    expect(reply.json().requestId).toBe(reply.headers['x-request-id']);
    expect(reply.headers['set-cookie']).toBeUndefined();
  });
});

describe('POST /v1/session', () => {
  it('always opens a new session, and ends the session of the cookie', async () => {
    const person = await register(gateway.url);
    const before = person.cookie;
    const reply = await person.send('POST', '/v1/session', { json: { email: person.email, password: thePassword } });
    expect([reply.status, reply.headers.location]).toEqual([201, '/v1/session']);
    expect(person.cookie).not.toBe(before);
    expect((await visit(gateway.url, before).send('GET', '/v1/session')).status).toBe(401);
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
    expect(await eventsOf(person.userId)).toMatchObject([
      { type: 'user.signed_out', data: { sessionId: person.sessionId } },
    ]);
  });

  it('does not use a session id that the client sends', async () => {
    const { email } = await register(gateway.url);
    const visitor = visit(gateway.url, 'mainstay.sid=s%3Amine.forged');
    await visitor.send('POST', '/v1/session', { json: { email, password: thePassword } });
    expect(visitor.cookie).toMatch(/^mainstay\.sid=s%3A/);
    expect(visitor.cookie).not.toContain('mine');
  });

  it('responds to an unknown e-mail as to a wrong password, and the caller stays signed in', async () => {
    const person = await register(gateway.url);
    const wrong = await person.send('POST', '/v1/session', {
      json: { email: person.email, password: 'wrong password' },
    });
    const unknown = await send(gateway.url, 'POST', '/v1/session', {
      json: { email: 'unknown@example.com', password: 'wrong password' },
    });
    const comparable = [wrong, unknown].map((reply) => ({ ...reply.json(), requestId: '', traceId: '' }));
    expect(comparable[0]).toEqual(comparable[1]);
    expect(comparable[0]).toMatchObject({ status: 401, code: 'invalid_credentials' });
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
  });

  it('limits failures by address and e-mail, and does not affect other users', async () => {
    const [victim, other] = [await register(gateway.url), await register(gateway.url)];
    const attempt = (email: string, password: string) =>
      send(gateway.url, 'POST', '/v1/session', { json: { email, password } });
    const replies = await Promise.all(Array.from({ length: 15 }, () => attempt(victim.email, 'wrong password')));
    const count = (status: number) => replies.filter((reply) => reply.status === status).length;
    expect([count(401), count(429)]).toEqual([10, 5]);
    const refused = await attempt(victim.email.toUpperCase(), thePassword);
    expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([429, true]);
    expect(refused.json()).toMatchObject({
      code: 'rate_limited',
      detail: 'Too many requests - please try again later.',
    });
    expect((await attempt(other.email, thePassword)).status).toBe(201);
  });
});

describe('the session cookie', () => {
  it('is HttpOnly and SameSite=Lax, and Secure only over TLS', async () => {
    const json = { email: 'plain@example.com', password: thePassword, displayName: 'Plain' };
    const reply = await send(gateway.url, 'POST', '/v1/users', { json, headers: { 'x-forwarded-proto': 'https' } });
    const [cookie = ''] = reply.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^mainstay\.sid=.*; Path=\/; .*HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain('Secure');
  });

  it('is Secure if a trusted proxy reports TLS', async () => {
    const settings = { TRUST_PROXY: 'loopback' };
    const behind = await runGateway({ redisUrl, accountsUrl: accounts.url, settings });
    const json = { email: 'secure@example.com', password: thePassword, displayName: 'Secure' };
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' };
    const reply = await send(behind.url, 'POST', '/v1/users', { json, headers });
    expect(reply.headers['set-cookie']?.[0]).toContain('; Secure');
    expect(reply.json()).toMatchObject({ session: { ip: '203.0.113.7' } });
    for (const [written, ip] of [
      ['[2001:DB8::7]:50001', '2001:db8::7'],
      ['x'.repeat(70), '127.0.0.1'],
    ]) {
      const signIn = { json: { email: json.email, password: thePassword }, headers: { 'x-forwarded-for': written } };
      const reply = await send(behind.url, 'POST', '/v1/session', signIn);
      expect([reply.status, reply.json()]).toMatchObject([201, { session: { ip } }]);
    }
    await behind.close();
  });

  it('causes no Redis call if its signature is wrong', async () => {
    const commands: string[] = [];
    const monitor = await redis.monitor();
    monitor.on('monitor', (_time: string, args: string[]) => commands.push(args.join(' ')));
    const headers = { cookie: 'mainstay.sid=s%3Aknown.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
    expect((await send(gateway.url, 'GET', '/v1/session', { headers })).status).toBe(401);
    await redis.echo('seen');
    while (!commands.some((command) => command.includes('seen')))
      await new Promise((resolve) => monitor.once('monitor', resolve));
    monitor.disconnect();
    expect(commands.filter((command) => command.includes('session:'))).toEqual([]);
  });

  it('is verified by every secret of the list', async () => {
    const person = await register(gateway.url);
    const settings = { SESSION_SECRET: `another-secret-that-signs-from-now-on,${sessionSecret}` };
    const rotated = await runGateway({ redisUrl, accountsUrl: accounts.url, settings });
    expect((await visit(rotated.url, person.cookie).send('GET', '/v1/session')).status).toBe(200);
    await rotated.close();
  });
});

describe('DELETE /v1/session', () => {
  it('signs out, removes the cookie and writes an event', async () => {
    const person = await register(gateway.url);
    const { cookie } = person;
    const reply = await person.send('DELETE', '/v1/session');
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(reply.headers['set-cookie']?.[0]).toMatch(/^mainstay\.sid=;.*Expires=Thu, 01 Jan 1970/);
    expect((await visit(gateway.url, cookie).send('GET', '/v1/session')).status).toBe(401);
    expect(await eventsOf(person.userId)).toMatchObject([
      { type: 'user.signed_out', data: { sessionId: person.sessionId } },
    ]);
  });

  it('responds with 401 to an anonymous caller', async () => {
    const reply = await send(gateway.url, 'DELETE', '/v1/session');
    expect([reply.status, reply.json().code]).toEqual([401, 'unauthenticated']);
  });
});

describe('Expected-Session', () => {
  it('allows a request with this session, and refuses a request with another session before any effect', async () => {
    const tab = await register(gateway.url);
    const other = await register(gateway.url);
    const expecting = (sessionId: string) => ({ headers: { 'expected-session': sessionId } });
    expect((await tab.send('GET', '/v1/session', expecting(tab.sessionId))).status).toBe(200);
    tab.cookie = other.cookie;
    accounts.received.length = 0;
    for (const [method, path] of [
      ['GET', '/v1/accounts'],
      ['POST', '/v1/transfers'],
      ['GET', '/v1/activity/live'],
      ['DELETE', '/v1/session'],
    ] as const) {
      const reply = await tab.send(method, path, expecting(tab.sessionId));
      expect([path, reply.status, reply.json().code]).toEqual([path, 412, 'session_changed']);
    }
    expect(accounts.received).toEqual([]);
    expect((await other.send('GET', '/v1/session')).status).toBe(200);
  });

  it('results in 401 if no user is signed in', async () => {
    const tab = await register(gateway.url);
    await tab.send('DELETE', '/v1/session');
    const reply = await tab.send('GET', '/v1/accounts', { headers: { 'expected-session': tab.sessionId } });
    expect([reply.status, reply.json().code]).toEqual([401, 'unauthenticated']);
  });
});

describe('GET /v1/session', () => {
  it('responds to an anonymous caller with 401, or with 204 if the session is optional', async () => {
    expect((await send(gateway.url, 'GET', '/v1/session')).status).toBe(401);
    expect((await send(gateway.url, 'GET', '/v1/session?optional=true')).status).toBe(204);
    const person = await register(gateway.url);
    const reply = await person.send('GET', '/v1/session?optional=true');
    expect(reply.json()).toMatchObject({ session: { id: person.sessionId } });
  });
});
