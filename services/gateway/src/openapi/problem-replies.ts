import { codesByStatus, errorCodes, PROBLEM_MEDIA_TYPE, type ErrorCode } from '@mainstay/errors';
import type { oas32 } from 'zod-openapi';
import type { Method, Route } from '../routes.js';

/** The body of every refusal. */
export const problemSchema: oas32.SchemaObject = {
  type: 'object',
  description:
    'RFC 9457. Clients decide by `code`. Support needs `requestId`. `traceId` names the trace of the request; the reply of a load balancer may lack it.',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorCodes) },
    requestId: { type: 'string' },
    traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    errors: {
      type: 'array',
      maxItems: 20,
      description: 'The wrong fields, at most 20.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

const content = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
const retryAfter = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } as const;

/** A reply with a problem, described by the codes it may carry. */
export function problemReplyOf(description: string, { mayRetry = false } = {}): oas32.ResponseObject {
  return { description, ...(mayRetry && { headers: retryAfter }), content };
}

/** Refusals that the platform makes for whole kinds of requests, codes by status. A service need not describe them. */
export function commonRefusals(route: Route, method: Method): Map<number, ErrorCode[]> {
  const codes: ErrorCode[] = [
    'invalid_request',
    'too_large',
    'rate_limited',
    'internal',
    'unavailable',
    'deadline_exceeded',
  ];
  if (route.access === 'session') codes.push('unauthenticated', 'session_changed');
  if (route.path.includes(':')) codes.push('not_found');
  if (method !== 'GET') codes.push('cross_site');
  if (method === 'POST' || method === 'PUT') codes.push('unsupported_media_type');
  if (route.keyed && method === 'POST') {
    codes.push('idempotency_key_missing', 'idempotency_in_progress', 'idempotency_key_reused');
  }
  // 408 and 431 are the server's own statuses for these codes: a request that came too slowly, and headers that are too
  // large.
  return codesByStatus(codes).set(408, ['deadline_exceeded']).set(431, ['too_large']);
}
