/** RFC 9110, 7.6.1, and headers that undici sets itself. They concern one connection and must not pass to the next. */
const hopByHop = [
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
];

/** Headers that only the gateway may send to a service, and headers that only the gateway needs. */
const ownToTheGateway = [
  'baggage',
  'cookie',
  'expected-session',
  'forwarded',
  'traceparent',
  'tracestate',
  'via',
  'x-real-ip',
  'x-request-id',
];
const dropped = new Set([...hopByHop, ...ownToTheGateway]);
// Some servers read `mainstay_identity` as `mainstay-identity`; no needed header has an underscore.
const droppedForm = /_|^(?:mainstay-|x-mainstay-|x-forwarded-|proxy-)/;

export type Headers = Record<string, string | string[]>;

/**
 * The client's headers that may pass to a service, as alternating names and values. It first
 * removes the headers that the gateway adds later, and those that the client names in `Connection`. In the reverse
 * order, a client could name the identity in `Connection` and so remove it. A repeated header stays repeated, and the
 * service decides what it means.
 */
export function forwardableHeaders(rawHeaders: readonly string[], connection: string | undefined): string[] {
  const named = namesIn(connection);
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (!dropped.has(name) && !named.includes(name) && !droppedForm.test(name)) kept.push(name, rawHeaders[at + 1]!);
  }
  return kept;
}

const noNames: readonly string[] = [];

/** The header names that `Connection` makes hop-by-hop, in lower case. */
export function namesIn(connection: string | string[] | undefined): readonly string[] {
  if (connection === undefined || connection === 'keep-alive') return noNames;
  const names = String(connection).toLowerCase().split(',');
  return names.map((name) => name.trim());
}
