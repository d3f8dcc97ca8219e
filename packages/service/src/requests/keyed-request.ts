import { createHash } from 'node:crypto';
import { AppError, invalidField } from '@mainstay/errors';
import type { Request, Response } from 'express';
import { deadlineOf } from '../request-deadline.js';

/** A request that takes effect once, even if the caller sends it again with the same idempotency key. */
export interface KeyedRequest {
  /** The method and the route pattern, such as `POST /v1/transfers`. */
  route: string;
  key: string;
  /** SHA-256 of the request. A different request with the same key is refused. */
  fingerprint: Buffer;
  /** The write is refused if it does not begin before this value of `performance.now()`. */
  beginBeforeMs: number | undefined;
}

/** The first successful reply to a keyed request. A repeated request gets it byte for byte. */
export interface StoredReply {
  status: number;
  location: string;
  body: string;
  isReplay: boolean;
}

const HEADER = 'idempotency-key';
const CHARACTERS_MAX = 255;

/**
 * Reads a keyed request. Pass validated `params` and `body`, because validation gives each id one spelling.
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
  // A proxy can join two headers with a comma (RFC 9110 § 5.3). Quotes show that the comma belongs to the key.
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

/** Sends the stored reply. */
export function sendStored(res: Response, reply: StoredReply): void {
  if (reply.isReplay) res.setHeader('idempotency-replayed', 'true');
  res.status(reply.status).location(reply.location).type('application/json').send(reply.body);
}

/** Bodies that differ only in the order of fields have the same fingerprint. */
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
