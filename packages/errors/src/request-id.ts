import type { IncomingMessage } from 'node:http';

/** Every edge applies the same rule, for example docker/nginx/templates/mainstay.conf. */
const plainId = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's id of a request, if it is short and plain enough for logs and responses. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && plainId.test(id) ? id : undefined;
}
