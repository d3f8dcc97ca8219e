import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sealed } from './running-gateway.js';
import { v7 as newId } from 'uuid';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { listSessions, register, sidOf, signInAgain, type ListedSession, type Visitor } from './http-client.js';
import { json } from './playing-service.js';
import type { RunningGateway } from './running-gateway.js';

let redis: GatewayAndAccounts['redis'];
let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ gateway, accounts, redis, close } = await runGatewayAndAccounts());
});

afterAll(() => close());

const keyOf = (visitor: Visitor): string => `session:${sidOf(visitor)}`;

describe('GET /v1/sessions', () => {
  it('lists my devices, newest first, and no device of other users', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(gateway.url, person);
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

  it('returns every device once across all result pages', async () => {
    const person = await register(gateway.url);
    const devices = [await signInAgain(gateway.url, person), await signInAgain(gateway.url, person)];
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

  it('shows when a device was last seen', async () => {
    const person = await register(gateway.url);
    for (;;) {
      const [device] = await listSessions(person);
      if (device && device.lastSeenAt > device.createdAt) break;
    }
  });

  it('removes expired sessions', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(gateway.url, person);
    await redis.del(keyOf(device));
    expect((await listSessions(person)).map(({ id }) => id)).toEqual([person.sessionId]);
    expect(await redis.hkeys(`user-sessions:${person.userId}`)).toEqual([person.sessionId]);
  });

  it('has at most 100 entries: the session with the oldest last-seen time ends', async () => {
    const person = await register(gateway.url);
    for (let count = 0; count < 100; count += 1) await signInAgain(gateway.url, person);
    expect((await person.send('GET', '/v1/session')).status).toBe(401);
    expect(await redis.hlen(`user-sessions:${person.userId}`)).toBe(100);
  });
});

describe('DELETE /v1/sessions/:sessionId', () => {
  it('ends a device of mine at once', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(gateway.url, person);
    expect((await person.send('DELETE', `/v1/sessions/${device.sessionId}`)).status).toBe(204);
    expect((await device.send('GET', '/v1/session')).status).toBe(401);
    expect((await person.send('DELETE', `/v1/sessions/${device.sessionId}`)).status).toBe(404);
    const messages = JSON.stringify(await redis.xrange('{events}:stream', '-', '+'));
    expect(messages).toContain('session.revoked');
    expect(messages).toContain(device.sessionId);
  });

  it("responds with 404 to another user's id or an invalid id, and ends no session", async () => {
    const [person, other] = [await register(gateway.url), await register(gateway.url)];
    for (const id of [other.sessionId, newId(), 'nonsense']) {
      expect((await person.send('DELETE', `/v1/sessions/${id}`)).status).toBe(404);
    }
    expect((await other.send('GET', '/v1/session')).status).toBe(200);
  });
});

describe('a revoked session', () => {
  it('is not restored by a request that was running', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(gateway.url, person);
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
    expect((await listSessions(person)).map(({ id }) => id)).toEqual([person.sessionId]);
  });
});

describe('a session that ended without a revocation message', () => {
  it('is accepted for at most a second, and only for requests that read', async () => {
    const person = await register(gateway.url);
    accounts.on('GET /v1/accounts', (_req, res) => json(res, 200, { items: [], nextCursor: null }));
    expect((await person.send('GET', '/v1/accounts')).status).toBe(200);
    await redis.del(keyOf(person));
    const endedMs = performance.now();
    expect((await person.send('POST', '/v1/accounts', { json: {} })).status).toBe(401);
    expect((await person.send('GET', '/v1/session')).status).toBe(401);
    for (;;) {
      const sentMs = performance.now();
      const { status } = await person.send('GET', '/v1/accounts');
      if (status === 401) break;
      expect(sentMs - endedMs).toBeLessThan(1_000);
    }
  });
});

describe('the lifetime of a session', () => {
  it('is the idle time, and each request extends it', async () => {
    const person = await register(gateway.url);
    const key = keyOf(person);
    expect(await redis.ttl(key)).toBeGreaterThan(86_390);
    await redis.expire(key, 100);
    await person.send('GET', '/v1/session');
    while ((await redis.ttl(key)) <= 100);
  });

  it('ends at the absolute end', async () => {
    const person = await register(gateway.url);
    const key = keyOf(person);
    const content = JSON.parse((await redis.get(key)) ?? '') as { createdAt: string };
    const nearItsEnd = new Date(Date.now() - (30 * 86_400 - 60) * 1000).toISOString();
    await redis.set(key, sealed(key, { ...content, createdAt: nearItsEnd }), 'KEEPTTL');
    await person.send('GET', '/v1/session');
    while ((await redis.ttl(key)) > 60);
    await redis.set(key, sealed(key, { ...content, createdAt: new Date(0).toISOString() }), 'KEEPTTL');
    expect((await person.send('GET', '/v1/session')).status).toBe(401);
  });
});
