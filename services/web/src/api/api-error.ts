import { steadyNow } from '../time/steady-now.js';
import type { components } from './schema.js';

export type Problem = components['schemas']['Problem'];
export type ProblemCode = Problem['code'];
/** `unreachable`: no readable reply arrived, so the platform may or may not have executed the request. */
export type ApiErrorCode = ProblemCode | 'unreachable';

/** The error of a failed API call. A cancelled call throws its abort reason instead. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;
  /** The id that a user quotes to support. Undefined without a reply from the platform. */
  readonly requestId: string | undefined;
  readonly errors: { path: string; message: string }[];
  /** The earliest useful time for a retry, on the clock of `steadyNow`. */
  readonly retryAt: number | undefined;

  constructor(
    problem: Partial<Omit<Problem, 'code'>> & { code: ApiErrorCode },
    options: { retryAt?: number; cause?: unknown } = {},
  ) {
    super(problem.detail ?? problem.title ?? problem.code, { cause: options.cause });
    this.name = 'ApiError';
    this.code = problem.code;
    this.status = problem.status ?? 0;
    this.requestId = problem.requestId;
    this.errors = problem.errors ?? [];
    this.retryAt = options.retryAt;
  }
}

/** Builds the error for a reply. If the body is not problem+json, the status decides the code. */
export function apiErrorOf(reply: { status: number; headers: Headers }, body: unknown, now = steadyNow()): ApiError {
  const retryAt = retryTime(reply.headers, now);
  const options = retryAt === undefined ? {} : { retryAt };
  if (isProblem(body)) return new ApiError(body, options);
  return new ApiError({ code: codeOf(reply.status), status: reply.status }, options);
}

/** Whether a later retry can succeed. */
export function isPassing({ code }: ApiError): boolean {
  return ['unreachable', 'unavailable', 'deadline_exceeded', 'rate_limited', 'idempotency_in_progress'].includes(code);
}

/** Whether the page's session has ended, or the browser's cookie contains a different session. */
export function isOtherSession({ code }: ApiError): boolean {
  return code === 'unauthenticated' || code === 'session_changed';
}

/**
 * Returns the time of the `Retry-After` header, on the clock of `now`. A date is compared with the reply's `Date`,
 * because the browser's clock can be wrong.
 */
export function retryTime(headers: Headers, now: number): number | undefined {
  const header = headers.get('retry-after');
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return now + Number(header) * 1000;
  const waitMs = Date.parse(header) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(waitMs) ? undefined : now + waitMs;
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}

function codeOf(status: number): ProblemCode {
  if (status === 401) return 'unauthenticated';
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  if (status === 429) return 'rate_limited';
  if (status === 502 || status === 503) return 'unavailable';
  if (status === 504) return 'deadline_exceeded';
  return status >= 500 ? 'internal' : 'invalid_request';
}
