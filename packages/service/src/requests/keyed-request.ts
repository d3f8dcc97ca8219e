import { createHash } from 'node:crypto';
import { AppError, invalidField } from '@mainstay/errors';
import type { Request, Response } from 'express';
import { deadlineOf } from '../request-deadline.js';

/** A request that has at most one effect for each (caller, route, key). */
export interface KeyedRequest {
  /** `POST /v1/transfers`: a key belongs to its caller on one route. */
  route: string;
  /** The client chooses it. */
  key: string;
  /** SHA-256 of what the request says and where it goes: another request under the same key is refused. */
  fingerprint: Buffer;
  /** On the clock of `performance.now()`: the end of the request's time. */
  beginBeforeMs: number | undefined;
}

/** The first success of a keyed request: the sent reply, byte for byte. */
export interface StoredReply {
  status: number;
  location: string;
  body: string;
  isReplay: boolean;
}

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
  if (!isOne) throw invalidField('Idempotency-Key', 'must be sent once; a key that contains a comma needs quotes');
  if (key.length < 1 || key.length > CHARACTERS_MAX)
    throw invalidField('Idempotency-Key', `must have 1 to ${CHARACTERS_MAX} characters`);
  if (!/^[\x20-\x7e]+$/.test(key)) throw invalidField('Idempotency-Key', 'must be printable ASCII');
  const pattern = (req.route as { path: string }).path;
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
  const fingerprint = fingerprintOf(req.method, path, body);
  return { route: `${req.method} ${pattern}`, key, fingerprint, beginBeforeMs: deadlineOf(req) };
}

/** Sends the first reply or its replay: the same status, location and bytes. */
export function sendStored(res: Response, reply: StoredReply): void {
  if (reply.isReplay) res.setHeader('idempotency-replayed', 'true');
  res.status(reply.status).location(reply.location).type('application/json').send(reply.body);
}

/**
 * SHA-256 over method, path and the canonical JSON of the validated body, so that field order and spaces do not
 * matter.
 */
export function fingerprintOf(method: string, path: string, body: object): Buffer {
  return createHash('sha256')
    .update(`${method} ${path}\n${canonicalJson(body)}`)
    .digest();
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
