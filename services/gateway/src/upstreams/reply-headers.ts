import type { IncomingHttpHeaders } from 'node:http';
import { namesIn, type Headers } from './request-headers.js';

/** They concern the connection to the upstream, or only the gateway may send them. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  // The gateway owns the sessions: no service may set a cookie on its domain.
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
]);

/** The headers of a service's reply that the client may see. */
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
