import type { IncomingMessage } from 'node:http';

/** docker/nginx and docker/haproxy use the same pattern. */
const plainId = /^[A-Za-z0-9._-]{1,64}$/;

/** Returns the caller's `x-request-id`, or undefined if the id does not suit a log line. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && plainId.test(id) ? id : undefined;
}
