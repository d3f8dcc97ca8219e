import type { IncomingMessage } from 'node:http';

/** The configurations in docker/nginx and docker/haproxy apply the same rule. */
const plainId = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Returns the caller's `x-request-id`. Returns undefined if the id is too long or has characters that do not suit a log
 * line.
 */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && plainId.test(id) ? id : undefined;
}
