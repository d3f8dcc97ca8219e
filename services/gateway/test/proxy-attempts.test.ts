import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, send, type Visitor } from './http-client.js';
import { json, problem } from './playing-service.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let redisUrl: string;
let close: () => Promise<void>;
let person: Visitor;

beforeAll(async () => {
  ({ gateway, accounts, redisUrl, close } = await runGatewayAndAccounts({ settings: { REQUEST_DEADLINE_MS: '1000' } }));
  person = await register(gateway.url);
});

beforeEach(() => {
  accounts.received.length = 0;
});

afterAll(() => close());

const transfer = { fromAccountId: 'a', toAccountId: 'b', amount: 1 };

describe('a failed attempt', () => {
  /** Breaks the first connection, and responds to the second. */
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

  it('is repeated for a POST with an idempotency key, with the same body and key', async () => {
    failOnce('POST /v1/transfers');
    const reply = await person.send('POST', '/v1/transfers', { json: transfer, headers: { 'idempotency-key': 'k' } });
    expect(reply.json()).toEqual({ body: JSON.stringify(transfer) });
    expect(accounts.received.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual([
      ['k', JSON.stringify(transfer)],
      ['k', JSON.stringify(transfer)],
    ]);
  });

  it('is not repeated for a POST without an idempotency key, or if the route accepts no key', async () => {
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

  it('is repeated after 503 but not after 500, and the client gets the second response', async () => {
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

  it('results in unavailable if no process listens', async () => {
    const alone = await runGateway({ redisUrl });
    const reply = await send(alone.url, 'GET', '/v1/accounts', { headers: { cookie: person.cookie } });
    expect([reply.status, reply.json().code, reply.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    await alone.close();
  });
});

describe('limits of time and size', () => {
  it('result in 504 after the deadline, and the request to the service ends', async () => {
    const cancelled = new Promise<void>((resolve) => {
      accounts.on('GET /v1/accounts', (req) => req.socket.once('close', resolve));
    });
    const reply = await person.send('GET', '/v1/accounts');
    expect([reply.status, reply.json().code]).toEqual([504, 'deadline_exceeded']);
    await cancelled;
    expect(accounts.received).toHaveLength(1);
  });

  it('end the request to the service when the client disconnects', async () => {
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

  it('limit the body to 64 KiB, with and without Content-Length or an idempotency key', async () => {
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

  it('allow a chunked body', async () => {
    accounts.on('POST /v1/accounts', (_req, res, { body }) => json(res, 201, { length: body.length }));
    const reply = await sendChunked('/v1/accounts', 'y'.repeat(60_000), { cookie: person.cookie ?? '' });
    expect(reply).toContain('{"length":60000}');
  });

  it('start the deadline of the service after the body has arrived', async () => {
    accounts.on('POST /v1/transfers', (_req, res) => json(res, 201, {}));
    const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1');
    const head = `POST /v1/transfers HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: ${person.cookie}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;
    socket.write(`${head}{`);
    setTimeout(() => socket.write('}'), 1_200);
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 201 /);
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

function readAll(socket: net.Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
  });
}
