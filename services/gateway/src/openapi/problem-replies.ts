import { codesByStatus, errorCodes, PROBLEM_MEDIA_TYPE, type ErrorCode } from '@mainstay/errors';
import type { oas32 } from 'zod-openapi';
import type { Method, Route } from '../routes.js';

/** Schema of the body of every error response. */
export const problemSchema: oas32.SchemaObject = {
  type: 'object',
  description:
    'RFC 9457. Clients decide by `code`. Support needs `requestId`. `traceId` is the id of the request’s trace. The response of a load balancer may have no `traceId`.',
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
const retryAfter = { 'Retry-After': { description: 'Seconds until a retry.', schema: { type: 'integer' } } } as const;

/** Describes an error response. `description` lists the possible error codes. */
export function problemReplyOf(description: string, { mayRetry = false } = {}): oas32.ResponseObject {
  return { description, ...(mayRetry && { headers: retryAfter }), content };
}

/** Returns the errors that every request to this route can get, by status. */
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
  // The HTTP server itself responds with 408 if the request arrives too slowly, and with 431 if the headers are too
  // large.
  return codesByStatus(codes).set(408, ['deadline_exceeded']).set(431, ['too_large']);
}
