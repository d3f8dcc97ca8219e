import { steadyNow } from '../time/steady-now.js';
import type { components } from './schema.js';

export type Problem = components['schemas']['Problem'];
export type ProblemCode = Problem['code'];
/** `unreachable`: no reply came, so it is unknown whether the request was carried out. */
export type ApiErrorCode = ProblemCode | 'unreachable';

/** The failure of a call to the API, and the only error that it throws. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;
  /** Support asks for it; missing if no reply came. */
  readonly requestId: string | undefined;
  /** The wrong fields. */
  readonly errors: { path: string; message: string }[];
  /** A retry before this time, by `steadyNow`, is useless. */
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

/** The error for a reply. A reply without problem+json (a proxy's page) is judged by its status alone. */
export function apiErrorOf(reply: { status: number; headers: Headers }, body: unknown, now = steadyNow()): ApiError {
  const retryAt = retryTime(reply.headers, now);
  const options = retryAt === undefined ? {} : { retryAt };
  if (isProblem(body)) return new ApiError(body, options);
  return new ApiError({ code: codeOf(reply.status), status: reply.status }, options);
}

/** Whether a later retry may succeed. */
export function isPassing({ code }: ApiError): boolean {
  return ['unreachable', 'unavailable', 'deadline_exceeded', 'rate_limited', 'idempotency_in_progress'].includes(code);
}

/** The page's session is not the one in the cookie: it has ended, or another one is signed in. */
export function isOtherSession({ code }: ApiError): boolean {
  return code === 'unauthenticated' || code === 'session_changed';
}

/**
 * `Retry-After` as seconds or as a date (RFC 9110 § 10.2.3), on the scale of `now`. A date is measured from the
 * `Date` of the same reply, because clocks differ.
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
