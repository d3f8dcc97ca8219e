import { buffer } from 'node:stream/consumers';
import type { Request } from 'express';

/**
 * The body for a service. It has arrived completely and within its limits before the app saw the request
 * (`refuseMalformed`), so reading it never waits, and it can be sent twice. The body of a GET or HEAD has no meaning
 * (RFC 9110 § 9.3.1) and is not passed on.
 */
export async function passedOnBody(req: Request): Promise<Buffer | null> {
  const { method, headers } = req;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  return hasNone || method === 'GET' || method === 'HEAD' ? null : buffer(req);
}
