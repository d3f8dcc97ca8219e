import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { originOf } from './origins.js';
import { dataReplyHeaders } from './security-headers.js';

export interface CrossOriginOptions {
  /** The origins whose pages may send requests with the user's cookie, such as `https://app.example.com`. */
  publicOrigins: readonly string[];
}

/** Headers that a page can send, in addition to the headers of every CORS request. */
const allowedHeaders = ['content-type', 'expected-session', 'idempotency-key', 'last-event-id', 'x-request-id'];
/** Headers that a page can read. */
const exposedHeaders = [
  'content-disposition',
  'idempotency-replayed',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
];
const PREFLIGHT_KEPT_S = 7_200;

/**
 * Lets pages of the listed origins send requests with the user's cookie (CORS). Answers preflight requests before any
 * limit counts them.
 */
export function crossOrigin({
  publicOrigins,
}: CrossOriginOptions): (req: IncomingMessage, res: ServerResponse, next: () => void) => void {
  const listed = new Set(publicOrigins.map(originOf));
  const share = cors({
    // `true` sends back the request's origin, which is in the list at this point.
    origin: true,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowedHeaders,
    exposedHeaders,
    maxAge: PREFLIGHT_KEPT_S,
  });
  return (req, res, next) => {
    if (listed.size === 0) return next();
    // Without `Vary`, a cache could use the reply for a different origin.
    res.setHeader('vary', 'Origin');
    const { origin, 'access-control-request-method': asked } = req.headers;
    if (origin === undefined || !listed.has(origin)) return next();
    if (req.method !== 'OPTIONS') return void share(req, res, next);
    if (asked === undefined) return next();
    for (const [name, value] of Object.entries(dataReplyHeaders)) res.setHeader(name, value);
    share(req, res, next);
  };
}
