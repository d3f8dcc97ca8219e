import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/embedded';
import { Redis } from 'ioredis';
import { v7 as newId } from 'uuid';
import { register, send, thePassword, visit, type Visitor } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { json, problem } from './playing-service.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let redis: Redis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let gateway: RunningGateway;

beforeAll(async () => {
  [testRedis, accounts] = await Promise.all([createTestRedis(), playAccounts()]);
  redis = new Redis(testRedis.url);
  gateway = await runGateway({ redisUrl: testRedis.url, accountsUrl: accounts.url });
});

afterAll(async () => {
  await gateway.close();
  await accounts.close();
  redis.disconnect();
  await testRedis.close();
});

interface ListedSession {
  id: string;
  current: boolean;
  createdAt: string;
  lastSeenAt: string;
}

const listed = async (visitor: Visitor): Promise<ListedSession[]> =>
  (await visitor.send('GET', '/v1/sessions')).json<{ items: ListedSession[] }>().items;

/** The same user on another device. */
async function signInAgain(
  { email }: { email: string },
  password = thePassword,
): Promise<Visitor & { sessionId: string }> {
  const device = visit(gateway.url);
  const reply = await device.send('POST', '/v1/session', { json: { email, password } });
  if (reply.status !== 201) throw new Error(`sign-in answered ${reply.status}: ${reply.text}`);
  return Object.assign(device, { sessionId: reply.json<{ session: { id: string } }>().session.id });
}

const keyOf = (visitor: Visitor): string => `session:${/s%3A([^.]+)\./.exec(visitor.cookie ?? '')?.[1]}`;

describe('GET /v1/sessions', () => {
  it('lists my devices, newest first, and nobody else’s', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(person);
    await register(gateway.url);
    const reply = await person.send('GET', '/v1/sessions');
    expect(reply.json()).toMatchObject({
      items: [
        { id: device.sessionId, current: false, ip: '127.0.0.1' },
        { id: person.sessionId, current: true },
      ],
      nextCursor: null,
    });
    expect(reply.text).not.toContain(keyOf(person).slice('session:'.length));
  });

  it('gives every device once over the pages', async () => {
    const person = await register(gateway.url);
    const devices = [await signInAgain(person), await signInAgain(person)];
    interface Page {
      items: ListedSession[];
      nextCursor: string;
    }
    const first = (await person.send('GET', '/v1/sessions?limit=2')).json<Page>();
    const second = (await person.send('GET', `/v1/sessions?limit=2&cursor=${first.nextCursor}`)).json<Page>();
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(ids).toEqual([...devices.map(({ sessionId }) => sessionId).reverse(), person.sessionId]);
    expect(second.nextCursor).toBeNull();
    expect((await person.send('GET', '/v1/sessions?cursor=forged')).status).toBe(400);
  });

  it('tells when a device was last seen', async () => {
    const person = await register(gateway.url);
    const [before] = await listed(person);
    for (;;) {
      const [now] = await listed(person);
      if (now && before && now.lastSeenAt > before.lastSeenAt) break;
    }
  });

  it('forgets sessions that expired', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(person);
    await redis.del(keyOf(device));
    expect((await listed(person)).map(({ id }) => id)).toEqual([person.sessionId]);
    expect(await redis.hkeys(`user-sessions:${person.userId}`)).toEqual([person.sessionId]);
  });

  it('holds at most 100: the one unseen for longest ends', async () => {
    const person = await register(gateway.url);
    for (let count = 0; count < 100; count += 1) await signInAgain(person);
    expect((await person.send('GET', '/v1/session')).status).toBe(401);
    expect(await redis.hlen(`user-sessions:${person.userId}`)).toBe(100);
  });
});

describe('DELETE /v1/sessions/:sessionId', () => {
  it('ends a device of mine at once', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(person);
    expect((await person.send('DELETE', `/v1/sessions/${device.sessionId}`)).status).toBe(204);
    expect((await device.send('GET', '/v1/session')).status).toBe(401);
    expect((await person.send('DELETE', `/v1/sessions/${device.sessionId}`)).status).toBe(404);
    const messages = JSON.stringify(await redis.xrange('{events}:stream', '-', '+'));
    expect(messages).toContain('session.revoked');
    expect(messages).toContain(device.sessionId);
  });

  it('answers 404 for what is not mine or is no id, and ends nothing', async () => {
    const [person, other] = [await register(gateway.url), await register(gateway.url)];
    for (const id of [other.sessionId, newId(), 'nonsense']) {
      expect((await person.send('DELETE', `/v1/sessions/${id}`)).status).toBe(404);
    }
    expect((await other.send('GET', '/v1/session')).status).toBe(200);
  });
});

describe('a revoked session', () => {
  it('is not brought back by a request that was in flight', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(person);
    let answer = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      accounts.on('GET /v1/accounts', (_req, res) => {
        answer = () => json(res, 200, { items: [], nextCursor: null });
        resolve();
      });
    });
    const inFlight = device.send('GET', '/v1/accounts');
    await arrived;
    await person.send('DELETE', `/v1/sessions/${device.sessionId}`);
    expect((await inFlight).status).toBe(401);
    answer();
    expect(await redis.exists(keyOf(device))).toBe(0);
    expect((await device.send('GET', '/v1/accounts')).status).toBe(401);
    expect((await listed(person)).map(({ id }) => id)).toEqual([person.sessionId]);
  });
});

describe('the lifetime of a session', () => {
  it('is the idle time, moved on by each request, and ends at the absolute end', async () => {
    const person = await register(gateway.url);
    const key = keyOf(person);
    expect(await redis.ttl(key)).toBeGreaterThan(86_390);
    await redis.expire(key, 100);
    await person.send('GET', '/v1/session');
    while ((await redis.ttl(key)) <= 100);
    const content = JSON.parse((await redis.get(key)) ?? '') as { createdAt: string };
    const nearItsEnd = new Date(Date.now() - (30 * 86_400 - 60) * 1000).toISOString();
    await redis.set(key, JSON.stringify({ ...content, createdAt: nearItsEnd }), 'KEEPTTL');
    await person.send('GET', '/v1/session');
    while ((await redis.ttl(key)) > 60);
    await redis.set(key, JSON.stringify({ ...content, createdAt: new Date(0).toISOString() }), 'KEEPTTL');
    expect((await person.send('GET', '/v1/session')).status).toBe(401);
  });
});

describe('PUT /v1/users/me/password', () => {
  it('ends all other sessions and keeps this one', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(person);
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    expect((await person.send('PUT', '/v1/users/me/password', { json: change })).status).toBe(204);
    expect((await device.send('GET', '/v1/session')).status).toBe(401);
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
    await signInAgain(person, change.newPassword);
  });

  it('ends the others before the new password holds', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(person);
    const seen: number[] = [];
    accounts.on('PUT /v1/users/me/password', async (_req, res) => {
      seen.push(await redis.exists(keyOf(device)));
      res.writeHead(204).end();
    });
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    await person.send('PUT', '/v1/users/me/password', { json: change });
    expect(seen).toEqual([0]);
  });

  it('refuses a sign-in that was checked against the old password meanwhile', async () => {
    const person = await register(gateway.url);
    let admit = (): void => undefined;
    const checked = new Promise<void>((resolve) => {
      accounts.on('POST /internal/sign-ins', (_req, res) => {
        admit = () =>
          json(res, 200, {
            id: person.userId,
            email: person.email,
            displayName: 'A',
            createdAt: new Date().toISOString(),
          });
        resolve();
      });
    });
    const intruder = visit(gateway.url);
    const late = intruder.send('POST', '/v1/session', { json: { email: person.email, password: thePassword } });
    await checked;
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    await person.send('PUT', '/v1/users/me/password', { json: change });
    admit();
    const reply = await late;
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    expect(intruder.cookie).toBeUndefined();
    expect(await listed(person)).toHaveLength(1);
  });

  it('lets nobody sign in until the change is through, and everybody afterwards, also when it failed', async () => {
    const person = await register(gateway.url);
    const meanwhile: number[] = [];
    accounts.on('POST /internal/sign-ins', (_req, res) =>
      json(res, 200, { id: person.userId, email: person.email, displayName: 'A', createdAt: new Date().toISOString() }),
    );
    accounts.on('PUT /v1/users/me/password', async (_req, res) => {
      const credentials = { email: person.email, password: thePassword };
      meanwhile.push((await send(gateway.url, 'POST', '/v1/session', { json: credentials })).status);
      problem(res, 503, 'unavailable');
    });
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    expect((await person.send('PUT', '/v1/users/me/password', { json: change })).status).toBe(503);
    expect(meanwhile).toEqual([503]);
    await signInAgain(person);
  });

  it('names the field for a wrong current password and ends nothing, nor for a new one that is too short', async () => {
    const person = await register(gateway.url);
    const wrong = { currentPassword: 'not my password', newPassword: 'another horse battery' };
    const short = { currentPassword: thePassword, newPassword: 'short' };
    const replies = [];
    for (const change of [wrong, short])
      replies.push(await person.send('PUT', '/v1/users/me/password', { json: change }));
    expect(
      replies.map((reply) => [reply.status, reply.json<{ errors: { path: string }[] }>().errors[0]?.path]),
    ).toEqual([
      [400, 'currentPassword'],
      [400, 'newPassword'],
    ]);
    expect(await listed(person)).toHaveLength(1);
  });

  it('needs a session', async () => {
    const reply = await send(gateway.url, 'PUT', '/v1/users/me/password', { json: {} });
    expect(reply.status).toBe(401);
  });
});
