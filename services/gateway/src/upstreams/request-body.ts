import { buffer } from 'node:stream/consumers';
import type { Request } from 'express';

/**
 * The body that goes on to a service. It has arrived in full and within its limits before the app saw the request (`refuseMalformed`), so reading it waits for nothing, and
 * it can be sent twice. A GET or HEAD has none that means anything (RFC 9110 § 9.3.1): theirs is not passed on.
 */
export async function passedOnBody(req: Request): Promise<Buffer | null> {
  const { method, headers } = req;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  return hasNone || method === 'GET' || method === 'HEAD' ? null : buffer(req);
}
