import type { IncomingMessage } from 'node:http';

/** The configuration in docker/nginx and docker/haproxy uses the same pattern. */
const plainId = /^[A-Za-z0-9._-]{1,64}$/;

/** Returns the caller's `x-request-id`, or undefined if the header is missing or not safe to log. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && plainId.test(id) ? id : undefined;
}
