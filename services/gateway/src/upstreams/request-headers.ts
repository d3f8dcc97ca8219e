import type { IncomingMessage } from 'node:http';

/** RFC 9110, 7.6.1, and headers that undici sets itself. They concern one connection and must not pass to the next. */
const hopByHop = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that only the gateway may send to a service, and headers that only the gateway needs. */
const ownToTheGateway = new Set([
  'baggage',
  'cookie',
  'expected-session',
  'forwarded',
  'traceparent',
  'tracestate',
  'via',
  'x-real-ip',
  'x-request-id',
]);
const ownPrefixes = ['mainstay-', 'x-mainstay-', 'x-forwarded-', 'proxy-'];

export type Headers = Record<string, string | string[]>;

/**
 * The client's headers that may pass to a service. Everything that the gateway adds later is removed first, and so is
 * everything that the client names in `Connection`: a proxy that added before it stripped would let the client remove
 * the identity. A repeated header stays repeated, and the service decides what it means.
 */
export function forwardableHeaders(headers: IncomingMessage['headersDistinct']): Headers {
  const named = namesIn(headers.connection);
  const kept: Headers = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !named.includes(name) && isForwardable(name)) kept[name] = value;
  }
  return kept;
}

function isForwardable(name: string): boolean {
  // Some servers read `mainstay_identity` as `mainstay-identity`; no needed header has an underscore.
  if (name.includes('_') || hopByHop.has(name) || ownToTheGateway.has(name)) return false;
  return !ownPrefixes.some((prefix) => name.startsWith(prefix));
}

/** The header names that `Connection` makes hop-by-hop, in lower case. */
export function namesIn(connection: string | string[] | undefined): readonly string[] {
  if (connection === undefined) return [];
  const names = String(connection).toLowerCase().split(',');
  return names.map((name) => name.trim());
}
