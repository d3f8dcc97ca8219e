import type { IncomingHttpHeaders } from 'node:http';
import { namesIn, type Headers } from './request-headers.js';

/** Headers that concern the connection to the service, or that only the gateway sends. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  // The gateway manages the sessions, so a service cannot set a cookie.
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
]);

/** Returns the headers of a service that the gateway forwards to the client. */
export function publicHeaders(headers: IncomingHttpHeaders): Headers {
  const named = namesIn(headers.connection);
  const kept: Headers = {};
  for (const name in headers) {
    const value = headers[name];
    const isPublic = !dropped.has(name) && !named.includes(name) && !name.startsWith('mainstay-');
    if (value !== undefined && isPublic) kept[name] = value;
  }
  return kept;
}

/** Returns the headers for the client: `[name, value, …]`. Adds each `own` header that the service did not send. */
export function mergedHeaders(headers: IncomingHttpHeaders, own: readonly string[]): string[] {
  const kept = publicHeaders(headers);
  const merged: string[] = [];
  for (const name in kept) {
    const value = kept[name]!;
    if (typeof value === 'string') merged.push(name, value);
    else for (const one of value) merged.push(name, one);
  }
  for (let at = 0; at < own.length; at += 2) {
    if (kept[own[at]!] === undefined) merged.push(own[at]!, own[at + 1]!);
  }
  return merged;
}
