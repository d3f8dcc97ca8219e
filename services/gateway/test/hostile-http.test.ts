import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/embedded';
import { register, type Visitor } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { json } from './playing-service.js';
import { problemIn, talk } from './raw-client.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let gateway: RunningGateway;
let person: Visitor;

beforeAll(async () => {
  [testRedis, accounts] = await Promise.all([createTestRedis(), playAccounts()]);
  gateway = await runGateway({ redisUrl: testRedis.url, accountsUrl: accounts.url });
  person = await register(gateway.url);
});

beforeEach(() => {
  accounts.received.length = 0;
  for (const method of ['GET', 'POST']) accounts.on(`${method} ${path}`, (_req, res) => json(res, 200, {}));
});

afterAll(async () => {
  await gateway.close();
  await accounts.close();
  await testRedis.close();
});

/** What came to a service whole. */
const completed = () =>
  accounts.received.filter(({ complete }) => complete).map(({ method, url }) => `${method} ${url}`);

const path = '/v1/accounts';
const json5 = 'Content-Type: application/json\r\n';
/** Headers of somebody signed in: what is not refused here would reach the service. */
const mine = () => `Host: shop.example\r\nCookie: ${person.cookie}\r\n`;
const get = (headers = '', target = path, version = 'HTTP/1.1') =>
  `GET ${target} ${version}\r\n${mine()}${headers}\r\n`;
const post = (headers: string, body: string) => `POST ${path} HTTP/1.1\r\n${mine()}${json5}${headers}\r\n${body}`;
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body);
const withoutHost = (headers = '', target = path, version = 'HTTP/1.1') =>
  `GET ${target} ${version}\r\nCookie: ${person.cookie}\r\n${headers}\r\n`;
const coded = (coding: string) => post(`Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n');
const sized = (length: string) => post(`Content-Length: ${length}\r\n`, '{"a":1}');

const refused: [string, () => string, number?][] = [
  // RFC 9112 § 6: what frames the body.
  [
    'Content-Length and Transfer-Encoding',
    () => post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  ],
  [
    'Transfer-Encoding and Content-Length',
    () => post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
  ],
  ['two lengths that differ', () => post('Content-Length: 7\r\nContent-Length: 8\r\n', '{"a":1}')],
  ['a list of lengths', () => sized('7, 8')],
  ['a signed length', () => sized('+7')],
  ['a negative length', () => sized('-7')],
  ['a hexadecimal length', () => sized('0x7')],
  ['a fractional length', () => sized('7.0')],
  ['an empty length', () => sized('')],
  ['a length beyond 64 bits', () => sized('18446744073709551623')],
  ['an unknown transfer coding', () => coded('gzip')],
  ['a second transfer coding', () => coded('gzip, chunked'), 501],
  ['chunked, and not last', () => coded('chunked, gzip')],
  ['chunked twice', () => coded('chunked, chunked')],
  [
    'two Transfer-Encoding lines',
    () => post('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    501,
  ],
  ['an empty element before chunked', () => coded(', chunked'), 501],
  ['chunked with something in front', () => coded('xchunked')],
  ['chunked behind a vertical tab', () => coded('\x0bchunked')],
  ['chunked in quotes', () => coded('"chunked"')],
  ['Transfer-Encoding on a folded line', () => coded('\r\n chunked')],
  ['HTTP/1.0 with chunks', () => coded('chunked').replace('HTTP/1.1', 'HTTP/1.0')],
  [
    'HTTP/1.0 with chunks, kept alive',
    () => post('Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
  ],
  // RFC 9112 § 7.1.
  ['a negative chunk size', () => chunked('-1\r\nx\r\n0\r\n\r\n')],
  ['a chunk size with 0x', () => chunked('0x1\r\nx\r\n0\r\n\r\n')],
  ['a chunk size with a sign', () => chunked('+1\r\nx\r\n0\r\n\r\n')],
  ['a chunk size with a space', () => chunked(' 1\r\nx\r\n0\r\n\r\n')],
  ['a chunk size beyond 64 bits', () => chunked('10000000000000001\r\nx\r\n0\r\n\r\n')],
  ['a chunk without a size', () => chunked('\r\nx\r\n0\r\n\r\n')],
  ['a chunk size that ends in LF', () => chunked('1\nx\r\n0\r\n\r\n')],
  ['a chunk that is longer than it says', () => chunked('1\r\nxy\r\n0\r\n\r\n')],
  ['a chunk that ends in LF', () => chunked('1\r\nx\n0\r\n\r\n')],
  ['a bare CR in a chunk extension', () => chunked('1;a\rb\r\nx\r\n0\r\n\r\n')],
  ['a bare LF in a chunk extension', () => chunked('1;a\nx\r\n0\r\n\r\n')],
  ['chunk extensions without an end', () => chunked(`1;${'a'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`), 413],
  ['a Content-Length among trailers', () => chunked('0\r\nContent-Length: 5\r\n\r\n')],
  ['a Transfer-Encoding among trailers', () => chunked('0\r\nTransfer-Encoding: chunked\r\n\r\n')],
  ['a malformed trailer', () => chunked('0\r\na b: 5\r\n\r\n')],
  ['trailers beyond 16 KiB', () => chunked(`0\r\n${`a: ${'x'.repeat(1_000)}\r\n`.repeat(20)}\r\n`), 431],
  // RFC 9112 §§ 2.2, 5: lines and fields.
  ['LF after the request line', () => get().replace('HTTP/1.1\r\n', 'HTTP/1.1\n')],
  ['LF after a field', () => get('a: b\n')],
  ['LF alone at the end', () => get().replace(/\r\n\r\n$/, '\r\n\n')],
  ['a bare CR in a value', () => get('a: b\rc: d\r\n')],
  ['a bare CR in the request line', () => get('', `${path}\r`)],
  ['a folded line', () => get('a: b\r\n c\r\n')],
  ['a folded line, by a tab', () => get('a: b\r\n\tc\r\n')],
  ['a fold before any field', () => `GET ${path} HTTP/1.1\r\n a: b\r\n${mine()}\r\n`],
  ['a space before the colon', () => get('mainstay-identity : x\r\n')],
  ['a tab before the colon', () => get('a\t: b\r\n')],
  ['a field without a name', () => get(': b\r\n')],
  ['a field without a colon', () => get('a\r\n')],
  ['a name that is no token', () => get('a(b): c\r\n')],
  ['NUL in a name', () => get('a\0: b\r\n')],
  ['NUL in a value', () => get('a: b\0c\r\n')],
  ['a control character in a value', () => get('a: b\x01c\r\n')],
  // RFC 9112 § 3.2, RFC 9110 § 7.2: Host.
  ['no Host', () => withoutHost()],
  ['two Hosts', () => get('Host: other.example\r\n')],
  ['two equal Hosts', () => get('Host: shop.example\r\n')],
  ['two Hosts in HTTP/1.0', () => get('Host: other.example\r\n', path, 'HTTP/1.0')],
  ...['', 'a b', 'a, b', 'a/b', 'user@a', 'a:99999', 'a:b', 'a#b', '[::g]', 'a\\b'].map(
    (host): [string, () => string] => [`the Host "${host}"`, () => withoutHost(`Host: ${host}\r\n`)],
  ),
  // RFC 9112 § 3: the request line.
  ['* but for OPTIONS', () => get('', '*')],
  ['CONNECT', () => `CONNECT shop.example:80 HTTP/1.1\r\n${mine()}\r\n`],
  ['CONNECT without an authority', () => `CONNECT ${path} HTTP/1.1\r\n${mine()}\r\n`],
  ['an authority as the target of GET', () => get('', 'shop.example:80')],
  ['a target without a slash', () => get('', 'v1/accounts')],
  ...[
    '%',
    '%zz',
    '?a=%',
    '#fragment',
    '<script>',
    '{a}',
    'a|b',
    'a\\b',
    'a^b',
    '"',
    '`',
    '\x7f',
    '\xe9',
    '\0',
    '\t',
    ' a',
  ].map((part): [string, () => string] => [`the target /v1/accounts${part}`, () => get('', path + part)]),
  ...['/v1/accounts/../../internal/users', '/v1/accounts/..', '/v1/accounts/%2e%2E/x', '/./v1/accounts'].map(
    (target): [string, () => string] => [`the path ${target}`, () => get('', target)],
  ),
  ['an absolute target of https over plain TCP', () => get('', 'https://shop.example/v1/accounts')],
  ['an absolute target of another scheme', () => get('', 'ftp://shop.example/v1/accounts')],
  ['an absolute target with a user', () => get('', 'http://user@shop.example/v1/accounts')],
  ['an absolute target without a host', () => get('', 'http:///v1/accounts')],
  ['an absolute target without a Host beside it', () => withoutHost('', 'http://shop.example/v1/accounts')],
  [
    'an absolute target with an invalid Host beside it',
    () => withoutHost('Host: a b\r\n', 'http://shop.example/v1/accounts'),
  ],
  ['a method that is no token', () => get().replace('GET', 'G@T')],
  ['a method in lower case', () => get().replace('GET', 'get')],
  ['a space before the method', () => ` ${get()}`],
  ['HTTP/0.9', () => `GET ${path}\r\n`],
  ['HTTP/0.9 by name', () => get('', path, 'HTTP/0.9'), 505],
  ['HTTP/1.2', () => get('', path, 'HTTP/1.2')],
  ['HTTP/2.0', () => get('', path, 'HTTP/2.0'), 505],
  ['HTTP/2 with prior knowledge', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['http in lower case', () => get('', path, 'http/1.1')],
  ['TLS on a plain port', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  // RFC 9110 § 10.1.1.
  ['an unknown expectation', () => post('Expect: 200-ok\r\nContent-Length: 7\r\n', '{"a":1}'), 417],
  // RFC 6585.
  ['headers beyond 16 KiB', () => get(`a: ${'x'.repeat(20_000)}\r\n`), 431],
  ['a target beyond 16 KiB', () => get('', `${path}?${'x'.repeat(20_000)}`), 431],
];

describe('what is no valid request', () => {
  it.each(refused)(
    '%s is refused, closes the connection, and nothing behind it is served',
    async (_, bytes, status = 400) => {
      const conversation = await talk(gateway.url, bytes() + get());
      expect(conversation).toMatchObject({ statuses: [status], endedBy: 'server' });
      expect(conversation.text).toMatch(/^connection: close\r$/im);
      expect(conversation.text).toMatch(/^content-type: application\/problem\+json\r$/im);
      expect(problemIn(conversation)).toMatchObject({ status, requestId: expect.stringMatching(/^[\w-]{36}$/) });
      expect(completed()).toEqual([]);
    },
  );
});

describe('a body that turns out malformed', () => {
  it('is cancelled upstream, where it had begun', async () => {
    let begin = (): void => undefined;
    const hasBegun = new Promise<string>((resolve) => (begin = () => resolve('nonsense\r\n')));
    const cancelled = new Promise<boolean>((resolve) => {
      accounts.onHead('POST /v1/transfers', (req) => {
        req.on('error', () => undefined).resume();
        req.once('close', () => resolve(!req.complete));
        begin();
      });
    });
    const bytes = chunked('1\r\nx\r\n').replace(path, '/v1/transfers');
    expect((await talk(gateway.url, bytes, { later: hasBegun })).statuses).toEqual([400]);
    expect(await cancelled).toBe(true);
  });

  it('is not waited for by the gateway itself', async () => {
    const bytes = chunked('1\r\n{\r\nnonsense\r\n').replace(path, '/v1/session');
    expect((await talk(gateway.url, bytes)).statuses).toEqual([400]);
    expect(accounts.passwordsWorkedOn()).toBe(1);
  });
});

describe('replies that are due', () => {
  /** Answers GET only when told to. */
  const held = () => {
    let answer = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      accounts.on(`GET ${path}`, (_req, res) => {
        answer = () => json(res, 200, { items: [] });
        resolve();
      });
    });
    return { arrived, answer: () => answer() };
  };

  it.each([
    ['what cannot be read', 'nonsense\r\n\r\n'],
    ['what is refused', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('come before the refusal of %s, which is the last', async (_, bytes) => {
    const { arrived, answer } = held();
    const conversation = talk(gateway.url, get() + bytes + get());
    await arrived;
    answer();
    expect(await conversation).toMatchObject({ statuses: [200, 400], endedBy: 'server' });
    expect(completed()).toEqual([`GET ${path}`]);
  });

  it('are the last where the request said that it is, whatever follows', async () => {
    const { arrived, answer } = held();
    const conversation = talk(gateway.url, get('Connection: close\r\n') + get() + 'nonsense\r\n\r\n');
    await arrived;
    answer();
    expect(await conversation).toMatchObject({ statuses: [200], endedBy: 'server' });
    expect(completed()).toEqual([`GET ${path}`]);
  });

  it('are the last where the reply says so', async () => {
    const conversation = await talk(gateway.url, post('Content-Length: 70000\r\n', 'x'.repeat(70_000)) + get());
    expect(conversation).toMatchObject({ statuses: [413], endedBy: 'server' });
    expect(completed()).toEqual([]);
  });
});

describe('one request of a client', () => {
  it('is one upstream, each of a pipeline too, in order and with its own body', async () => {
    const bodies = ['{"a":1}', `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, '0\r\n\r\n', ''];
    accounts.on(`POST ${path}`, (_req, res, { body }) => json(res, 201, { body }));
    const pipeline = bodies.map((body) => post(`Content-Length: ${body.length}\r\n`, body)).join('');
    const { statuses, text } = await talk(gateway.url, pipeline + get('Connection: close\r\n'));
    expect(statuses).toEqual([201, 201, 201, 201, 200]);
    expect([...text.matchAll(/^\{.*\}$/gm)].map(([line]) => (JSON.parse(line) as { body: string }).body)).toEqual([
      ...bodies,
      undefined,
    ]);
    expect(completed()).toHaveLength(5);
  });

  it('loses chunk extensions and trailers on its way, and nothing else', async () => {
    const trailers = 'mainstay-identity: forged\r\nCookie: a=b\r\nHost: b\r\n';
    await talk(gateway.url, chunked(`3;a="b;c"\r\n{"a\r\n004\r\n":1}\r\n0\r\n${trailers}\r\n`) + get(), { replies: 2 });
    expect(accounts.received.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"a":1}'],
      ['GET', ''],
    ]);
    expect(String(accounts.received[0]?.headers['mainstay-identity']).split('.')).toHaveLength(3);
    expect(accounts.received[0]?.headers).not.toHaveProperty('trailer');
  });

  it('is without its body where that means nothing', async () => {
    const smuggled = get('x-smuggled: 1\r\n');
    await talk(gateway.url, get(`Content-Length: ${smuggled.length}\r\n`) + smuggled + get('x-last: 1\r\n'), {
      replies: 2,
    });
    expect(accounts.received.map(({ headers, body }) => [headers['x-smuggled'], headers['x-last'], body])).toEqual([
      [undefined, undefined, ''],
      [undefined, '1', ''],
    ]);
  });

  it('stays HTTP/1.1 where it asks for h2c, and is the last on its connection', async () => {
    const upgrade =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n';
    const conversation = await talk(gateway.url, get(upgrade) + 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + get());
    expect(conversation).toMatchObject({ statuses: [200], endedBy: 'server' });
    expect(accounts.received).toHaveLength(1);
    expect(Object.keys(accounts.received[0]?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/upgrade|http2-settings/)]),
    );
  });

  it('is asked for its body where it waits to be', async () => {
    const { statuses } = await talk(gateway.url, post('Expect: 100-Continue\r\nContent-Length: 7\r\n', ''), {
      replies: 1,
      onText: (text) => (text.endsWith(' 100 Continue\r\n\r\n') ? '{"a":1}' : undefined),
    });
    expect(statuses).toEqual([100, 200]);
    expect(accounts.received.map(({ body, headers }) => [body, headers.expect])).toEqual([['{"a":1}', undefined]]);
  });

  it('of HTTP/1.0 needs no Host, and expects nothing', async () => {
    const plain = await talk(gateway.url, withoutHost('Expect: nothing\r\n', path, 'HTTP/1.0'));
    expect(plain).toMatchObject({ statuses: [200], endedBy: 'server' });
    // The service tells no length, so only the end of the connection can: there is no second reply, and nobody works on one.
    const kept = withoutHost('Connection: keep-alive\r\n', path, 'HTTP/1.0');
    expect(await talk(gateway.url, kept + kept)).toMatchObject({ statuses: [200], endedBy: 'server' });
    expect(completed()).toHaveLength(2);
  });
});

describe('a target in absolute form', () => {
  it('names the host, and Host is ignored', async () => {
    await talk(gateway.url, get('', 'HTTP://Other.example:8080/v1/accounts?a=1'), { replies: 1 });
    const [request] = accounts.received;
    expect(request?.url).toBe('/v1/accounts?a=1');
    expect(request?.headers.forwarded).toContain('host="Other.example:8080"');
  });

  it('decides about the origin too', async () => {
    const from = (origin: string) =>
      post(`Origin: ${origin}\r\nContent-Length: 2\r\n`, '{}').replace(path, `http://other.example${path}`);
    expect((await talk(gateway.url, from('http://other.example'), { replies: 1 })).statuses).toEqual([200]);
    expect((await talk(gateway.url, from('http://shop.example'), { replies: 1 })).statuses).toEqual([403]);
  });

  it('may be without a path', async () => {
    expect((await talk(gateway.url, get('', 'http://shop.example'), { replies: 1 })).statuses).toEqual([302]);
    expect((await talk(gateway.url, get('', 'http://shop.example?a=1'), { replies: 1 })).statuses).toEqual([302]);
  });
});

describe('methods that nothing here means', () => {
  it('reach no service, and TRACE shows nobody their headers', async () => {
    for (const method of ['TRACE', 'OPTIONS', 'PATCH', 'PROPFIND', 'PURGE', 'SOURCE']) {
      const { statuses, text } = await talk(gateway.url, get('x-secret: seen\r\n').replace('GET', method), {
        replies: 1,
      });
      expect([method, statuses]).toEqual([method, [405]]);
      expect(text).not.toContain('seen');
    }
    // * asks about the server as a whole, which is answered like its root.
    const asked = await Promise.all(
      ['*', '/'].map((target) => talk(gateway.url, get('', target).replace('GET', 'OPTIONS'), { replies: 1 })),
    );
    expect(asked.map(({ statuses }) => statuses)).toEqual([[405], [405]]);
    expect(accounts.received).toEqual([]);
  });
});

describe('what only the gateway may say', () => {
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
  ])('cannot be said by a client: %s', async (lines) => {
    expect((await talk(gateway.url, get(`${lines}\r\n`), { replies: 1 })).statuses).toEqual([200]);
    const [{ headers } = { headers: {} as Record<string, string> }] = accounts.received;
    expect(String(headers['mainstay-identity']).split('.')).toHaveLength(3);
    expect(Number(headers['mainstay-deadline-ms'])).toBeLessThanOrEqual(10_000);
    expect(headers.forwarded).toMatch(/^for=127\.0\.0\.1;proto=http;host="shop\.example"$/);
    expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/);
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(JSON.stringify(headers)).not.toMatch(/forged|10\.0\.0\.1|99999999/);
  });
});
