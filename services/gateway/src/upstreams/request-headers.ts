/** Headers of one connection (RFC 9110 § 7.6.1), and headers that undici sets itself or refuses. */
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

/** Headers that only the gateway may send to a service, or that only the gateway needs. */
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
// Some servers read `mainstay_identity` as `mainstay-identity`, so drop names with an underscore.
const droppedForm = /_|^(?:mainstay-|x-mainstay-|x-forwarded-|proxy-)/;

export type Headers = Record<string, string | string[]>;

/**
 * Returns the client headers for a service: `[name, value, name, value]`. Removes the headers that the client names in
 * `Connection`, so add the gateway's headers afterwards.
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

/** Returns the header names in `Connection`, in lower case. These headers concern only one connection. */
export function namesIn(connection: string | string[] | undefined): readonly string[] {
  if (connection === undefined || connection === 'keep-alive') return noNames;
  const names = String(connection).toLowerCase().split(',');
  return names.map((name) => name.trim());
}
