import type http from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { createIdentityVerifier } from '@mainstay/identity';
import { register, send, thePassword, type Visitor } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { playService, problem, type PlayingService, type ReceivedRequest } from './playing-service.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let activity: PlayingService;
let gateway: RunningGateway;
let person: Visitor & { email: string; userId: string; sessionId: string };

beforeAll(async () => {
  [testRedis, accounts, activity] = await Promise.all([createTestRedis(), playAccounts(), playService()]);
  const settings = { REQUEST_DEADLINE_MS: '1000' };
  gateway = await runGateway({
    redisUrl: testRedis.url,
    accountsUrl: accounts.url,
    activityUrl: activity.url,
    settings,
  });
  person = await register(gateway.url);
});

beforeEach(() => {
  accounts.received.length = 0;
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([accounts.close(), activity.close()]);
  await testRedis.close();
});

const last = (service: PlayingService): ReceivedRequest => {
  const request = service.received.at(-1);
  if (!request) throw new Error('nothing was received');
  return request;
};
const transfer = { fromAccountId: 'a', toAccountId: 'b', amount: 1 };

describe('a request at a service', () => {
  it("has the client's path, query, body and own headers", async () => {
    await person.send('POST', '/v1/transfers?a=1&b=%20', {
      json: transfer,
      headers: { 'idempotency-key': 'k', 'accept-language': 'de' },
    });
    const { method, url, body, headers } = last(accounts);
    expect([method, url, JSON.parse(body)]).toEqual(['POST', '/v1/transfers?a=1&b=%20', transfer]);
    expect(headers).toMatchObject({
      'idempotency-key': 'k',
      'accept-language': 'de',
      'content-type': 'application/json',
    });
  });

  it('has an identity token that the service can verify, and that is valid only for this service', async () => {
    await person.send('GET', '/v1/activity');
    const token = String(last(activity).headers['mainstay-identity']);
    const verifierFor = (audience: string) => createIdentityVerifier({ publicKeys: [gateway.publicKey], audience });
    expect(await verifierFor('activity').verify(token)).toMatchObject({
      userId: person.userId,
      sessionId: person.sessionId,
    });
    await expect(verifierFor('accounts').verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('has a request id, trace, client address and deadline', async () => {
    const headers = {
      'x-request-id': 'short-and-plain',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
    };
    const reply = await person.send('GET', '/v1/accounts', { headers });
    const received = last(accounts).headers;
    expect(received['x-request-id']).toBe('short-and-plain');
    expect(reply.headers['x-request-id']).toBe('short-and-plain');
    // The gateway continues the client's trace with its own span, and ignores the client's sampled flag.
    expect(received.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-00$/);
    expect(received.tracestate).toBeUndefined();
    expect(received['x-forwarded-for']).toBeUndefined();
    expect(received.forwarded).toMatch(/^for=127\.0\.0\.1;proto=http;host="127\.0\.0\.1:\d+"$/);
    const deadlineMs = Number(received['mainstay-deadline-ms']);
    expect(deadlineMs).toBeGreaterThan(0);
    expect(deadlineMs).toBeLessThanOrEqual(1000);
  });

  it("has the gateway's identity and internal headers, and none from the client in any spelling", async () => {
    const headers = {
      'Mainstay-Identity': 'forged',
      mainstay_identity: 'forged',
      'MAINSTAY-DEADLINE-MS': '999999',
      'x-mainstay-identity': 'forged',
      connection: 'close, mainstay-identity, X-Request-Id, idempotency-key',
      'idempotency-key': 'named by Connection',
      'keep-alive': 'timeout=1',
      'proxy-authorization': 'secret',
      te: 'trailers',
    };
    await person.send('GET', '/v1/accounts', { headers });
    const received = last(accounts).headers;
    expect(String(received['mainstay-identity']).split('.')).toHaveLength(3);
    expect(Number(received['mainstay-deadline-ms'])).toBeLessThanOrEqual(1000);
    expect(received['x-request-id']).toBeDefined();
    const gone = [
      'cookie',
      'mainstay_identity',
      'x-mainstay-identity',
      'idempotency-key',
      'proxy-authorization',
      'te',
      'keep-alive',
    ];
    expect(gone.filter((name) => name in received)).toEqual([]);
  });

  it('is not sent if no user is signed in', async () => {
    const reply = await send(gateway.url, 'GET', '/v1/accounts');
    expect([reply.status, reply.json().code, accounts.received.length]).toEqual([401, 'unauthenticated', 0]);
  });
});

describe('a response at a client', () => {
  it("has the service's body and headers, without headers that only the gateway may send", async () => {
    accounts.on('GET /v1/accounts', (_req, res) => {
      res.writeHead(200, {
        'content-type': 'text/csv',
        'content-disposition': 'attachment; filename="a.csv"',
        'set-cookie': 'mainstay.sid=taken-over',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'mainstay-internal': '1',
        'idempotency-replayed': 'true',
      });
      res.write('a;');
      res.end('b');
    });
    const reply = await person.send('GET', '/v1/accounts');
    expect([reply.status, reply.text]).toEqual([200, 'a;b']);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/csv',
      'content-disposition': 'attachment; filename="a.csv"',
      'idempotency-replayed': 'true',
    });
    expect(['set-cookie', 'x-hop', 'mainstay-internal'].filter((name) => name in reply.headers)).toEqual([]);
    expect(reply.headers['cache-control']).toBe('no-store');
  });

  it('has the unchanged problem+json of the service', async () => {
    accounts.on('GET /v1/accounts', (_req, res) => problem(res, 404, 'not_found'));
    const reply = await person.send('GET', '/v1/accounts');
    expect([reply.status, reply.headers['content-type'], reply.json().requestId]).toEqual([
      404,
      'application/problem+json',
      'upstream',
    ]);
  });

  it('is problem+json even if the service failed without problem+json', async () => {
    accounts.on('POST /v1/accounts', (_req, res) =>
      res.writeHead(500, { 'content-type': 'text/html' }).end('<pre>Error: at db.js:1</pre>'),
    );
    const reply = await person.send('POST', '/v1/accounts', { json: {} });
    expect([reply.status, reply.json().code]).toEqual([503, 'unavailable']);
    expect(reply.text).not.toContain('db.js');
  });

  it("is not a 401 if a service refuses the gateway's own token, because 401 means that the session has ended", async () => {
    const refuse = (res: http.ServerResponse) => {
      res.setHeader('mainstay-identity', 'refused');
      problem(res, 401, 'unauthenticated');
    };
    accounts.on('GET /v1/accounts', (_req, res) => refuse(res));
    accounts.on('POST /internal/sign-ins', (_req, res) => refuse(res));
    const replies = [
      await person.send('GET', '/v1/accounts'),
      await send(gateway.url, 'POST', '/v1/session', { json: { email: person.email, password: thePassword } }),
    ];
    expect(replies.map((reply) => [reply.status, reply.json().code])).toEqual([
      [500, 'internal'],
      [500, 'internal'],
    ]);
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
  });

  it('is requested again if it is small and breaks off at the service', async () => {
    let attempts = 0;
    accounts.on('GET /v1/accounts', (_req, res) => {
      attempts += 1;
      if (attempts > 1) return void res.end('{"items":[]}');
      res.writeHead(200, { 'content-length': 100 }).write('{"items":');
      setImmediate(() => res.destroy());
    });
    const reply = await person.send('GET', '/v1/accounts');
    expect([reply.status, reply.text, attempts]).toEqual([200, '{"items":[]}', 2]);
  });

  it('never looks complete if it breaks off, because the gateway closes the connection', async () => {
    accounts.on('GET /v1/accounts', (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.write('{"items":[');
      setImmediate(() => res.destroy());
    });
    await expect(person.send('GET', '/v1/accounts')).rejects.toThrow();
  });

  it('has no body for HEAD', async () => {
    accounts.on('HEAD /v1/accounts', (_req, res) =>
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '12' }).end(),
    );
    const reply = await person.send('HEAD', '/v1/accounts');
    expect([reply.status, reply.headers['content-length'], reply.text]).toEqual([200, '12', '']);
  });
});
