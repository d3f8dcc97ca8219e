import { path, type RawRequests } from './raw-requests.js';

/** A request that the gateway refuses: a description of the fault, the bytes, and the status if it is not 400. */
type MalformedRequest = [what: string, bytes: (requests: RawRequests) => string, status?: number];

const coded =
  (coding: string) =>
  ({ post }: RawRequests): string =>
    post(`Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n');
const sized =
  (length: string) =>
  ({ post }: RawRequests): string =>
    post(`Content-Length: ${length}\r\n`, '{"a":1}');

export const malformedRequests: readonly MalformedRequest[] = [
  // RFC 9112 § 6: message framing.
  [
    'Content-Length and Transfer-Encoding',
    ({ post }) => post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  ],
  [
    'Transfer-Encoding and Content-Length',
    ({ post }) => post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
  ],
  ['two lengths that differ', ({ post }) => post('Content-Length: 7\r\nContent-Length: 8\r\n', '{"a":1}')],
  ['a list of lengths', sized('7, 8')],
  ['a signed length', sized('+7')],
  ['a negative length', sized('-7')],
  ['a hexadecimal length', sized('0x7')],
  ['a fractional length', sized('7.0')],
  ['an empty length', sized('')],
  ['a length beyond 64 bits', sized('18446744073709551623')],
  ['an unknown transfer coding', coded('gzip')],
  ['a second transfer coding', coded('gzip, chunked'), 501],
  ['chunked, but not as the last coding', coded('chunked, gzip')],
  ['chunked twice', coded('chunked, chunked')],
  [
    'two Transfer-Encoding lines',
    ({ post }) => post('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    501,
  ],
  ['an empty element before chunked', coded(', chunked'), 501],
  ['chunked after another letter', coded('xchunked')],
  ['chunked after a vertical tab', coded('\x0bchunked')],
  ['chunked in quotes', coded('"chunked"')],
  ['Transfer-Encoding on a folded line', coded('\r\n chunked')],
  ['HTTP/1.0 with chunks', (requests) => coded('chunked')(requests).replace('HTTP/1.1', 'HTTP/1.0')],
  [
    'HTTP/1.0 with chunks, kept alive',
    ({ post }) =>
      post('Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
  ],
  // RFC 9112 § 7.1: chunked transfer coding.
  ['a negative chunk size', ({ chunked }) => chunked('-1\r\nx\r\n0\r\n\r\n')],
  ['a chunk size with 0x', ({ chunked }) => chunked('0x1\r\nx\r\n0\r\n\r\n')],
  ['a chunk size with a sign', ({ chunked }) => chunked('+1\r\nx\r\n0\r\n\r\n')],
  ['a chunk size with a space', ({ chunked }) => chunked(' 1\r\nx\r\n0\r\n\r\n')],
  ['a chunk size beyond 64 bits', ({ chunked }) => chunked('10000000000000001\r\nx\r\n0\r\n\r\n')],
  ['a chunk without a size', ({ chunked }) => chunked('\r\nx\r\n0\r\n\r\n')],
  ['a chunk size that ends in LF', ({ chunked }) => chunked('1\nx\r\n0\r\n\r\n')],
  ['a chunk that is longer than its size', ({ chunked }) => chunked('1\r\nxy\r\n0\r\n\r\n')],
  ['a chunk that ends in LF', ({ chunked }) => chunked('1\r\nx\n0\r\n\r\n')],
  ['a bare CR in a chunk extension', ({ chunked }) => chunked('1;a\rb\r\nx\r\n0\r\n\r\n')],
  ['a bare LF in a chunk extension', ({ chunked }) => chunked('1;a\nx\r\n0\r\n\r\n')],
  ['chunk extensions without an end', ({ chunked }) => chunked(`1;${'a'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`), 413],
  ['a Content-Length among trailers', ({ chunked }) => chunked('0\r\nContent-Length: 5\r\n\r\n')],
  ['a Transfer-Encoding among trailers', ({ chunked }) => chunked('0\r\nTransfer-Encoding: chunked\r\n\r\n')],
  ['a malformed trailer', ({ chunked }) => chunked('0\r\na b: 5\r\n\r\n')],
  ['trailers beyond 16 KiB', ({ chunked }) => chunked(`0\r\n${`a: ${'x'.repeat(1_000)}\r\n`.repeat(20)}\r\n`), 431],
  // RFC 9112 §§ 2.2, 5: lines and fields.
  ['LF after the request line', ({ get }) => get().replace('HTTP/1.1\r\n', 'HTTP/1.1\n')],
  ['LF after a field', ({ get }) => get('a: b\n')],
  ['LF alone at the end', ({ get }) => get().replace(/\r\n\r\n$/, '\r\n\n')],
  ['a bare CR in a value', ({ get }) => get('a: b\rc: d\r\n')],
  ['a bare CR in the request line', ({ get }) => get('', `${path}\r`)],
  ['a folded line', ({ get }) => get('a: b\r\n c\r\n')],
  ['a folded line, by a tab', ({ get }) => get('a: b\r\n\tc\r\n')],
  ['a fold before any field', ({ get }) => get().replace('\r\n', '\r\n a: b\r\n')],
  ['a space before the colon', ({ get }) => get('mainstay-identity : x\r\n')],
  ['a tab before the colon', ({ get }) => get('a\t: b\r\n')],
  ['a field without a name', ({ get }) => get(': b\r\n')],
  ['a field without a colon', ({ get }) => get('a\r\n')],
  ['a name that is not a token', ({ get }) => get('a(b): c\r\n')],
  ['NUL in a name', ({ get }) => get('a\0: b\r\n')],
  ['NUL in a value', ({ get }) => get('a: b\0c\r\n')],
  ['a control character in a value', ({ get }) => get('a: b\x01c\r\n')],
  // RFC 9112 § 3.2, RFC 9110 § 7.2: Host.
  ['no Host', ({ withoutHost }) => withoutHost()],
  ['two Hosts', ({ get }) => get('Host: other.example\r\n')],
  ['two equal Hosts', ({ get }) => get('Host: shop.example\r\n')],
  ['two Hosts in HTTP/1.0', ({ get }) => get('Host: other.example\r\n', path, 'HTTP/1.0')],
  ...['', 'a b', 'a, b', 'a/b', 'user@a', 'a:99999', 'a:b', 'a#b', '[::g]', 'a\\b'].map((host): MalformedRequest => [
    `the Host "${host}"`,
    ({ withoutHost }) => withoutHost(`Host: ${host}\r\n`),
  ]),
  // RFC 9112 § 3: the request line.
  ['the target * without OPTIONS', ({ get }) => get('', '*')],
  ['CONNECT', ({ get }) => get().replace(`GET ${path}`, 'CONNECT shop.example:80')],
  ['CONNECT without an authority', ({ get }) => get().replace('GET', 'CONNECT')],
  ['an authority as the target of GET', ({ get }) => get('', 'shop.example:80')],
  ['a target without a slash', ({ get }) => get('', 'v1/accounts')],
  ...[
    '%',
    '%zz',
    '#fragment',
    '<script>',
    '{a}',
    'a\\b',
    '"',
    '`',
    '?a=<script>',
    '?a="b"',
    '?a#b',
    '?\x7f',
    '?\xe9',
    '? a',
    '\x7f',
    '\xe9',
    '\0',
    '\t',
    ' a',
  ].map((part): MalformedRequest => [`the target /v1/accounts${part}`, ({ get }) => get('', path + part)]),
  ...['/v1/accounts/../../internal/users', '/v1/accounts/..', '/v1/accounts/%2e%2E/x', '/./v1/accounts'].map(
    (target): MalformedRequest => [`the path ${target}`, ({ get }) => get('', target)],
  ),
  ['an absolute target of https over plain TCP', ({ get }) => get('', 'https://shop.example/v1/accounts')],
  ['an absolute target of another scheme', ({ get }) => get('', 'ftp://shop.example/v1/accounts')],
  ['an absolute target with a user', ({ get }) => get('', 'http://user@shop.example/v1/accounts')],
  ['an absolute target without a host', ({ get }) => get('', 'http:///v1/accounts')],
  ['an absolute target without a Host header', ({ withoutHost }) => withoutHost('', 'http://shop.example/v1/accounts')],
  [
    'an absolute target with an invalid Host header',
    ({ withoutHost }) => withoutHost('Host: a b\r\n', 'http://shop.example/v1/accounts'),
  ],
  ['a method that is not a token', ({ get }) => get().replace('GET', 'G@T')],
  ['a method in lower case', ({ get }) => get().replace('GET', 'get')],
  ['a space before the method', ({ get }) => ` ${get()}`],
  ['HTTP/0.9', () => `GET ${path}\r\n`],
  ['HTTP/0.9 with its version number', ({ get }) => get('', path, 'HTTP/0.9'), 505],
  ['HTTP/1.2', ({ get }) => get('', path, 'HTTP/1.2')],
  ['HTTP/2.0', ({ get }) => get('', path, 'HTTP/2.0'), 505],
  ['HTTP/2 with prior knowledge', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['http in lower case', ({ get }) => get('', path, 'http/1.1')],
  ['TLS on a plain port', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  // RFC 9110 § 10.1.1: Expect.
  ['an unknown expectation', ({ post }) => post('Expect: 200-ok\r\nContent-Length: 7\r\n', '{"a":1}'), 417],
  // RFC 6585: status 431.
  ['headers beyond 16 KiB', ({ get }) => get(`a: ${'x'.repeat(20_000)}\r\n`), 431],
  ['a target beyond 16 KiB', ({ get }) => get('', `${path}?${'x'.repeat(20_000)}`), 431],
];
