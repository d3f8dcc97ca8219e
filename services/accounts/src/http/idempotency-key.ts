import { AppError, invalidField } from '@mainstay/errors';
import { deadlineOf } from '@mainstay/service';
import type { Request, Response } from 'express';
import type { KeyedRequest, StoredReply } from '../domain/idempotency.js';

const HEADER = 'idempotency-key';
const CHARACTERS_MAX = 255;

/**
 * The request as idempotency sees it: path and body after validation, so that another spelling of an id is the same
 * request. The key may be quoted, as in the IETF's draft, or unquoted if it has no comma.
 * @throws AppError idempotency_key_missing · invalid_request
 */
export function keyedRequest(
  req: Request,
  { params = {}, body }: { params?: Record<string, string>; body: object },
): KeyedRequest {
  const [given, ...others] = req.headersDistinct[HEADER] ?? [];
  if (given === undefined)
    throw new AppError('idempotency_key_missing', 'Send an Idempotency-Key header with this request.');
  const key = /^"(.*)"$/.exec(given)?.[1] ?? given;
  // A proxy may join several lines of a header with commas (RFC 9110, 5.3).
  const isOne = others.length === 0 && !key.includes(key === given ? ',' : '"');
  if (!isOne) throw invalidField('Idempotency-Key', 'must be given once; one with a comma in it needs quotes');
  if (key.length < 1 || key.length > CHARACTERS_MAX)
    throw invalidField('Idempotency-Key', `must have 1 to ${CHARACTERS_MAX} characters`);
  if (!/^[\x20-\x7e]+$/.test(key)) throw invalidField('Idempotency-Key', 'must be printable ASCII');
  const pattern = (req.route as { path: string }).path;
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
  return { route: `${req.method} ${pattern}`, path, key, body, beginBeforeMs: deadlineOf(req) };
}

/** Sends the first reply or its replay: the same status, location and bytes. */
export function sendStored(res: Response, reply: StoredReply): void {
  if (reply.isReplay) res.setHeader('idempotency-replayed', 'true');
  res.status(reply.status).location(reply.location).type('application/json').send(reply.body);
}
