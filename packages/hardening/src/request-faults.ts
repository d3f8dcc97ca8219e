import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { ErrorCode } from '@mainstay/errors';

/** Why a request is refused. `status` can differ from the usual status of `code`. */
export interface Fault {
  status: number;
  code: ErrorCode;
  detail: string;
}

/** Accepts the characters of RFC 3986, and `[`, `]`, `|` and `^`, which not every browser encodes. */
const pathForm = /^\/(?:[\w\-.~!$&'()*+,;=:@/[\]|^]|%[0-9A-Fa-f]{2})*$/;
/**
 * Accepts visible ASCII except `"`, `#`, `<` and `>`. RFC 3986 accepts less, but browsers send `?a=b|c`, `?a[]=1` and
 * `?q=100%` as typed.
 */
const queryForm = /^[!$-;=?-~]*$/;
const dotSegment = /\/(?:\.|%2e){1,2}(?:[/?]|$)/i;
/**
 * Does not match `https:`, which is valid only over TLS (RFC 9110 § 7.4). This server never uses TLS, because a proxy
 * in front of it does.
 */
const absoluteForm = /^http:\/\/([^/?]*)((?:[/?].*)?)$/i;

/**
 * Finds violations of RFC 9110 and 9112 that Node's parser accepts. Changes the target `http://a.example/b` to `/b` and
 * `Host` to `a.example` (RFC 9112 § 3.2.2).
 */
export function faultOf(req: IncomingMessage): Fault | undefined {
  return versionFault(req) ?? framingFault(req) ?? hostFault(req) ?? targetFault(req) ?? expectationFault(req);
}

function versionFault({ httpVersion }: IncomingMessage): Fault | undefined {
  if (httpVersion === '1.1' || httpVersion === '1.0') return undefined;
  return { status: 505, code: 'invalid_request', detail: 'This server accepts only HTTP/1.1 and HTTP/1.0.' };
}

/** Accepts only `chunked`. Node.js would not unzip a `gzip, chunked` body, so a service would get unreadable bytes. */
function framingFault({ rawHeaders, httpVersion }: IncomingMessage): Fault | undefined {
  const codings = valuesOf(rawHeaders, 'transfer-encoding');
  if (codings.length === 0) return undefined;
  if (httpVersion === '1.0') return invalid('HTTP/1.0 has no Transfer-Encoding.');
  const list = codings.join(',').toLowerCase();
  if (list === 'chunked') return undefined;
  // If `chunked` is not the last coding, the end of the body is unknown (RFC 9112 § 6.3).
  if (list.split(',').at(-1)?.trim() !== 'chunked') return invalid('Transfer-Encoding must end in chunked.');
  return { status: 501, code: 'invalid_request', detail: 'The only supported transfer coding is chunked.' };
}

function hostFault({ rawHeaders, httpVersion }: IncomingMessage): Fault | undefined {
  const hosts = valuesOf(rawHeaders, 'host');
  if (hosts.length > 1) return invalid('The request has more than one Host.');
  const [host] = hosts;
  if (host === undefined) return httpVersion === '1.0' ? undefined : invalid('Host is missing.');
  return isAuthority(host) ? undefined : invalid('Host is not valid.');
}

function targetFault(req: IncomingMessage): Fault | undefined {
  const { method, url = '' } = req;
  if (url === '*' && method === 'OPTIONS') {
    // The target `*` means the whole server (RFC 9110 § 9.3.7). The app expects a path, so the target becomes `/`.
    req.url = '/';
    return undefined;
  }
  const [, authority, rest = ''] = absoluteForm.exec(url) ?? [];
  const target = authority === undefined ? url : rest.startsWith('/') ? rest : `/${rest}`;
  const queryAt = target.indexOf('?');
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  const query = queryAt < 0 ? '' : target.slice(queryAt + 1);
  if (!pathForm.test(path) || !queryForm.test(query)) return invalid('The target of the request is not valid.');
  if (dotSegment.test(path)) return invalid('The path must not have dot segments.');
  if (authority === undefined) return undefined;
  if (!isAuthority(authority)) return invalid('The target of the request is not valid.');
  req.headers.host = authority;
  req.url = target;
  return undefined;
}

/** A server must ignore the header `Expect` of an HTTP/1.0 request (RFC 9110 § 10.1.1). */
function expectationFault({ headers, httpVersion }: IncomingMessage): Fault | undefined {
  const { expect } = headers;
  if (expect === undefined || httpVersion === '1.0' || expect.toLowerCase() === '100-continue') return undefined;
  return { status: 417, code: 'invalid_request', detail: 'The only supported expectation is 100-continue.' };
}

/** `shop.example:80` → true, `user@shop.example` → false (RFC 9110 § 4.2). */
function isAuthority(text: string): boolean {
  const [, name = '', address, port = ''] = /^(?:([\w.~-]+)|\[([\da-fA-F:.]+)\])(?::(\d{1,5}))?$/.exec(text) ?? [];
  return (name !== '' || (address !== undefined && isIPv6(address))) && Number(port) <= 65_535;
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}

const invalid = (detail: string): Fault => ({ status: 400, code: 'invalid_request', detail });
