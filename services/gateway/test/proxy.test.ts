import { setTimeout as delay } from 'node:timers/promises';
import type http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/embedded';
import { createIdentityVerifier } from '@mainstay/identity';
import { register, send, thePassword, type Visitor } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { json, playService, problem, type PlayingService, type ReceivedRequest } from './playing-service.js';
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

describe('what a service receives', () => {
  it('is the request itself: path, query, body, and headers that are its own', async () => {
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

  it('carries an identity that the service can verify, and that is for this service only', async () => {
    await person.send('GET', '/v1/activity');
    const token = String(last(activity).headers['mainstay-identity']);
    const verifierFor = (audience: string) => createIdentityVerifier({ publicKeys: [gateway.publicKey], audience });
    expect(await verifierFor('activity').verify(token)).toMatchObject({
      userId: person.userId,
      sessionId: person.sessionId,
    });
    await expect(verifierFor('accounts').verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('carries request id, trace, address and deadline', async () => {
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
    expect(received.traceparent).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00');
    expect(received.tracestate).toBeUndefined();
    expect(received['x-forwarded-for']).toBeUndefined();
    expect(received.forwarded).toMatch(/^for=127\.0\.0\.1;proto=http;host="127\.0\.0\.1:\d+"$/);
    const deadlineMs = Number(received['mainstay-deadline-ms']);
    expect(deadlineMs).toBeGreaterThan(0);
    expect(deadlineMs).toBeLessThanOrEqual(1000);
  });

  it('cannot be told by a client who is calling, in no spelling, nor be kept from hearing it', async () => {
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

  it('is nothing, where nobody is signed in', async () => {
    const reply = await send(gateway.url, 'GET', '/v1/accounts');
    expect([reply.status, reply.json().code, accounts.received.length]).toEqual([401, 'unauthenticated', 0]);
  });
});

describe('what a client receives', () => {
  it('is the reply itself, without what concerns only the gateway', async () => {
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

  it('is a service’s problem as it stands', async () => {
    accounts.on('GET /v1/accounts', (_req, res) => problem(res, 404, 'not_found'));
    const reply = await person.send('GET', '/v1/accounts');
    expect([reply.status, reply.headers['content-type'], reply.json().requestId]).toEqual([
      404,
      'application/problem+json',
      'upstream',
    ]);
  });

  it('is a problem also where the service failed without one', async () => {
    accounts.on('POST /v1/accounts', (_req, res) =>
      res.writeHead(500, { 'content-type': 'text/html' }).end('<pre>Error: at db.js:1</pre>'),
    );
    const reply = await person.send('POST', '/v1/accounts', { json: {} });
    expect([reply.status, reply.json().code]).toEqual([503, 'unavailable']);
    expect(reply.text).not.toContain('db.js');
  });

  it('is no 401 where a service does not know the gateway: nobody is signed out by that', async () => {
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

  it('is never a short success: a reply that breaks off breaks the connection', async () => {
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

describe('a failed attempt', () => {
  /** Breaks the first connection, answers the second. */
  const failOnce = (route: string) => {
    let attempts = 0;
    accounts.on(route, (req, res, received) => {
      attempts += 1;
      if (attempts === 1) req.socket.destroy();
      else json(res, 200, { body: received.body });
    });
  };

  it('is repeated once for GET', async () => {
    failOnce('GET /v1/accounts');
    expect((await person.send('GET', '/v1/accounts')).status).toBe(200);
    expect(accounts.received).toHaveLength(2);
  });

  it('is repeated for a POST with a key, with the same body and key', async () => {
    failOnce('POST /v1/transfers');
    const reply = await person.send('POST', '/v1/transfers', { json: transfer, headers: { 'idempotency-key': 'k' } });
    expect(reply.json()).toEqual({ body: JSON.stringify(transfer) });
    expect(accounts.received.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual([
      ['k', JSON.stringify(transfer)],
      ['k', JSON.stringify(transfer)],
    ]);
  });

  it('is not repeated for a POST without a key, nor where the route takes none', async () => {
    for (const path of ['/v1/transfers', '/v1/accounts']) {
      accounts.received.length = 0;
      accounts.on(`POST ${path}`, (req) => req.socket.destroy());
      const headers = path === '/v1/accounts' ? { 'idempotency-key': 'k' } : {};
      const reply = await person.send('POST', path, { json: {}, headers });
      expect([reply.status, reply.json().code, reply.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
      expect(accounts.received).toHaveLength(1);
    }
  });

  it('is not repeated a second time', async () => {
    accounts.on('GET /v1/accounts', (req) => req.socket.destroy());
    expect((await person.send('GET', '/v1/accounts')).status).toBe(503);
    expect(accounts.received).toHaveLength(2);
  });

  it('is repeated after 503, not after 500; the second reply counts', async () => {
    for (const [status, attempts] of [
      [503, 2],
      [500, 1],
    ] as const) {
      accounts.received.length = 0;
      accounts.on('GET /v1/accounts', (_req, res) => problem(res, status, 'said by the service'));
      const reply = await person.send('GET', '/v1/accounts');
      expect([reply.status, reply.json().code, accounts.received.length]).toEqual([
        status,
        'said by the service',
        attempts,
      ]);
    }
  });

  it('says unavailable where nobody listens', async () => {
    const alone = await runGateway({ redisUrl: testRedis.url });
    const reply = await send(alone.url, 'GET', '/v1/accounts', { headers: { cookie: person.cookie } });
    expect([reply.status, reply.json().code, reply.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    await alone.close();
  });
});

describe('time and size', () => {
  it('answers 504 when the deadline has passed, and cancels upstream', async () => {
    const cancelled = new Promise<void>((resolve) => {
      accounts.on('GET /v1/accounts', (req) => req.socket.once('close', resolve));
    });
    const startedMs = performance.now();
    const reply = await person.send('GET', '/v1/accounts');
    expect([reply.status, reply.json().code]).toEqual([504, 'deadline_exceeded']);
    expect(performance.now() - startedMs).toBeLessThan(1500);
    await cancelled;
    expect(accounts.received).toHaveLength(1);
  });

  it('cancels upstream when the client leaves', async () => {
    const leaving = new AbortController();
    const cancelled = new Promise<void>((resolve) => {
      accounts.on('GET /v1/accounts', (req) => {
        req.socket.once('close', resolve);
        leaving.abort();
      });
    });
    await expect(person.send('GET', '/v1/accounts', { signal: leaving.signal })).rejects.toThrow('aborted');
    await cancelled;
  });

  it('refuses a body over 64 KiB, announced or not, keyed or not', async () => {
    const tooMuch = 'x'.repeat(65_537);
    const announced = await person.send('POST', '/v1/accounts', {
      body: tooMuch,
      headers: { 'content-type': 'application/json' },
    });
    expect([announced.status, announced.json().code, accounts.received.length]).toEqual([413, 'too_large', 0]);
    for (const [path, key] of [
      ['/v1/accounts', {}],
      ['/v1/transfers', { 'idempotency-key': 'k' }],
    ] as const) {
      const reply = await sendChunked(path, tooMuch, { cookie: person.cookie ?? '', ...key });
      expect(reply).toMatch(/^HTTP\/1\.1 413 /);
      expect(reply).toContain('"too_large"');
    }
  });

  it('passes a chunked body on', async () => {
    accounts.on('POST /v1/accounts', (_req, res, { body }) => json(res, 201, { length: body.length }));
    const reply = await sendChunked('/v1/accounts', 'y'.repeat(60_000), { cookie: person.cookie ?? '' });
    expect(reply).toContain('{"length":60000}');
  });

  it('does not wait for a slow body longer than the deadline', async () => {
    const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1');
    const head = `POST /v1/transfers HTTP/1.1\r\nHost: a\r\nCookie: ${person.cookie}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`;
    socket.write(head);
    expect(await readAll(socket, delay(3000))).toMatch(/^HTTP\/1\.1 504 /);
    expect(accounts.received).toHaveLength(0);
  });
});

async function sendChunked(path: string, body: string, headers: Record<string, string>): Promise<string> {
  const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1');
  const lines = Object.entries({
    host: 'a',
    connection: 'close',
    'content-type': 'application/json',
    ...headers,
    'transfer-encoding': 'chunked',
  });
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  for (let at = 0; at < body.length; at += 16_000) {
    const chunk = body.slice(at, at + 16_000);
    socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  }
  socket.write('0\r\n\r\n');
  return readAll(socket);
}

function readAll(socket: net.Socket, limit?: Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (limit && text.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
    void limit?.then(() => reject(new Error('no reply')));
  });
}
