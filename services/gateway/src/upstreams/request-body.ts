import type { Request } from 'express';

/**
 * The body for a service. It has arrived completely and within its limits before the app saw the request
 * (`refuseMalformed`), so one read takes all of it, and it can be sent twice. The body of a GET or HEAD has no meaning
 * (RFC 9110 § 9.3.1) and is not passed on.
 */
export function passedOnBody(req: Request): Buffer | null {
  const { method, headers } = req;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (hasNone || method === 'GET' || method === 'HEAD') return null;
  return (req.read() as Buffer | null) ?? Buffer.alloc(0);
}
