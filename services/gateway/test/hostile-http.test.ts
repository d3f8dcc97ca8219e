import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register } from './http-client.js';
import { json } from './playing-service.js';
import { talk } from './raw-client.js';
import { answerAll, completedAt, path, rawRequests, type RawRequests } from './raw-requests.js';
import type { RunningGateway } from './running-gateway.js';

let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let close: () => Promise<void>;
let requests: RawRequests;

beforeAll(async () => {
  ({ gateway, accounts, close } = await runGatewayAndAccounts());
  requests = rawRequests((await register(gateway.url)).cookie);
});

beforeEach(() => answerAll(accounts));

afterAll(() => close());

const completed = () => completedAt(accounts);

describe('one request of a client', () => {
  it('reaches a service as one request with its own body, and pipelined requests keep their order', async () => {
    const bodies = ['{"a":1}', `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, '0\r\n\r\n', ''];
    accounts.on(`POST ${path}`, (_req, res, { body }) => json(res, 201, { body }));
    const pipeline = bodies.map((body) => requests.post(`Content-Length: ${body.length}\r\n`, body)).join('');
    const { statuses, text } = await talk(gateway.url, pipeline + requests.get('Connection: close\r\n'));
    expect(statuses).toEqual([201, 201, 201, 201, 200]);
    expect([...text.matchAll(/^\{.*\}$/gm)].map(([line]) => (JSON.parse(line) as { body: string }).body)).toEqual([
      ...bodies,
      undefined,
    ]);
    expect(completed()).toHaveLength(5);
  });

  it('is forwarded without chunk extensions and trailers, but otherwise unchanged', async () => {
    const trailers = 'mainstay-identity: forged\r\nCookie: a=b\r\nHost: b\r\n';
    await talk(
      gateway.url,
      requests.chunked(`3;a="b;c"\r\n{"a\r\n004\r\n":1}\r\n0\r\n${trailers}\r\n`) + requests.get(),
      { replies: 2 },
    );
    expect(accounts.received.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"a":1}'],
      ['GET', ''],
    ]);
    expect(String(accounts.received[0]?.headers['mainstay-identity']).split('.')).toHaveLength(3);
    expect(accounts.received[0]?.headers).not.toHaveProperty('trailer');
  });

  it('is forwarded without its body if the method is GET', async () => {
    const smuggled = requests.get('x-smuggled: 1\r\n');
    await talk(
      gateway.url,
      requests.get(`Content-Length: ${smuggled.length}\r\n`) + smuggled + requests.get('x-last: 1\r\n'),
      {
        replies: 2,
      },
    );
    expect(accounts.received.map(({ headers, body }) => [headers['x-smuggled'], headers['x-last'], body])).toEqual([
      [undefined, undefined, ''],
      [undefined, '1', ''],
    ]);
  });

  it('stays HTTP/1.1 if it requests an upgrade to h2c, and is the last request on its connection', async () => {
    const upgrade =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n';
    const conversation = await talk(
      gateway.url,
      requests.get(upgrade) + 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + requests.get(),
    );
    expect(conversation).toMatchObject({ statuses: [200], endedBy: 'server' });
    expect(accounts.received).toHaveLength(1);
    expect(Object.keys(accounts.received[0]?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/upgrade|http2-settings/)]),
    );
  });

  it('gets 100 Continue if it has Expect: 100-continue', async () => {
    const { statuses } = await talk(gateway.url, requests.post('Expect: 100-Continue\r\nContent-Length: 7\r\n', ''), {
      replies: 1,
      onText: (text) => (text.endsWith(' 100 Continue\r\n\r\n') ? '{"a":1}' : undefined),
    });
    expect(statuses).toEqual([100, 200]);
    expect(accounts.received.map(({ body, headers }) => [body, headers.expect])).toEqual([['{"a":1}', undefined]]);
  });

  it('with HTTP/1.0 needs no Host header, and its Expect header is ignored', async () => {
    const plain = await talk(gateway.url, requests.withoutHost('Expect: nothing\r\n', path, 'HTTP/1.0'));
    expect(plain).toMatchObject({ statuses: [200], endedBy: 'server' });
    // The service sends no Content-Length, so the gateway must close the HTTP/1.0 connection after the body. Of the two
    // `kept` requests, only the first request reaches the service and gets a response. So two requests reach the
    // service: `plain` and the first `kept` request.
    const kept = requests.withoutHost('Connection: keep-alive\r\n', path, 'HTTP/1.0');
    expect(await talk(gateway.url, kept + kept)).toMatchObject({ statuses: [200], endedBy: 'server' });
    expect(completed()).toHaveLength(2);
  });
});

describe('a target in absolute form', () => {
  it('determines the host, and the Host header is ignored', async () => {
    await talk(gateway.url, requests.get('', 'HTTP://Other.example:8080/v1/accounts?a=1'), { replies: 1 });
    const [request] = accounts.received;
    expect(request?.url).toBe('/v1/accounts?a=1');
    expect(request?.headers.forwarded).toContain('host="Other.example:8080"');
  });

  it('determines the origin', async () => {
    const from = (origin: string) =>
      requests.post(`Origin: ${origin}\r\nContent-Length: 2\r\n`, '{}').replace(path, `http://other.example${path}`);
    expect((await talk(gateway.url, from('http://other.example'), { replies: 1 })).statuses).toEqual([200]);
    expect((await talk(gateway.url, from('http://shop.example'), { replies: 1 })).statuses).toEqual([403]);
  });

  it('may have no path', async () => {
    expect((await talk(gateway.url, requests.get('', 'http://shop.example'), { replies: 1 })).statuses).toEqual([302]);
    expect((await talk(gateway.url, requests.get('', 'http://shop.example?a=1'), { replies: 1 })).statuses).toEqual([
      302,
    ]);
  });
});

describe('unknown methods', () => {
  it('reach no service, and TRACE returns no headers', async () => {
    for (const method of ['TRACE', 'OPTIONS', 'PATCH', 'PROPFIND', 'PURGE', 'SOURCE']) {
      const { statuses, text } = await talk(gateway.url, requests.get('x-secret: seen\r\n').replace('GET', method), {
        replies: 1,
      });
      expect([method, statuses]).toEqual([method, [405]]);
      expect(text).not.toContain('seen');
    }
    // The target * means the whole server, so the gateway responds as for its root path.
    const asked = await Promise.all(
      ['*', '/'].map((target) => talk(gateway.url, requests.get('', target).replace('GET', 'OPTIONS'), { replies: 1 })),
    );
    expect(asked.map(({ statuses }) => statuses)).toEqual([[405], [405]]);
    expect(accounts.received).toEqual([]);
  });
});

describe('a header that only the gateway may send', () => {
  it.each([
    'mainstay-identity: forged',
    'MAINSTAY-IDENTITY: forged',
    'Mainstay_Identity: forged',
    'mainstay-identity: forged\r\nmainstay-identity: forged',
    'mainstay-identity:forged\r\nConnection: mainstay-identity',
    'Connection: Mainstay-Identity, mainstay-deadline-ms\r\nConnection: forwarded, x-request-id, traceparent',
    'mainstay-deadline-ms: 99999999',
    'mainstay_deadline_ms: 99999999',
    'x-mainstay-identity: forged',
    'X-Forwarded-For: 10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\nForwarded: for=10.0.0.1;host=forged',
    'x_forwarded_for: 10.0.0.1',
    'x-request-id: a\r\nx-request-id: b',
    'x-request-id: forged by somebody',
    'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nTraceparent: 00-x',
    'Via: 1.1 forged\r\nBaggage: forged=1\r\ntracestate: forged=1',
  ])('does not reach a service from a client: %s', async (lines) => {
    expect((await talk(gateway.url, requests.get(`${lines}\r\n`), { replies: 1 })).statuses).toEqual([200]);
    const [{ headers } = { headers: {} as Record<string, string> }] = accounts.received;
    expect(String(headers['mainstay-identity']).split('.')).toHaveLength(3);
    expect(Number(headers['mainstay-deadline-ms'])).toBeLessThanOrEqual(10_000);
    expect(headers.forwarded).toMatch(/^for=127\.0\.0\.1;proto=http;host="shop\.example"$/);
    expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/);
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(JSON.stringify(headers)).not.toMatch(/forged|10\.0\.0\.1|99999999/);
  });
});
