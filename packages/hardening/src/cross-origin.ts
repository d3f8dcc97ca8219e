import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { originOf } from './origins.js';
import { dataReplyHeaders } from './security-headers.js';

export interface CrossOriginOptions {
  /** The origins whose pages may call with the user's cookie, as `https://app.example.com`. */
  publicOrigins: readonly string[];
}

/** What a page may send beside the headers that CORS always allows, … */
const allowedHeaders = ['content-type', 'expected-session', 'idempotency-key', 'last-event-id', 'x-request-id'];
/** … and what it may read. */
const exposedHeaders = [
  'content-disposition',
  'idempotency-replayed',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
];
const preflightKeptS = 7_200;

/**
 * Lets pages of the listed origins call and read every reply with the user's cookie (CORS): that very origin is named, never `*`. It answers their
 * preflights, which no limit counts, and leaves every other request as it is. It takes Node's own request, so that it can stand before what refuses.
 */
export function crossOrigin({
  publicOrigins,
}: CrossOriginOptions): (req: IncomingMessage, res: ServerResponse, next: () => void) => void {
  const listed = new Set(publicOrigins.map(originOf));
  const share = cors({
    origin: true, // the request's own, which has been found in the list
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowedHeaders,
    exposedHeaders,
    maxAge: preflightKeptS,
  });
  return (req, res, next) => {
    if (listed.size === 0) return next();
    // A cache must not give one origin the reply of another one, nor of none.
    res.setHeader('vary', 'Origin');
    const { origin, 'access-control-request-method': asked } = req.headers;
    if (origin === undefined || !listed.has(origin)) return next();
    if (req.method !== 'OPTIONS') return void share(req, res, next);
    if (asked === undefined) return next();
    for (const [name, value] of Object.entries(dataReplyHeaders)) res.setHeader(name, value);
    share(req, res, next);
  };
}
