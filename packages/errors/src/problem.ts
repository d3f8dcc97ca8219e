import { AppError, invalidField, type FieldError } from './app-error.js';
import { errorCodes, type ErrorCode } from './error-codes.js';

/** The body of every error response (RFC 9457, `application/problem+json`). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  /** Absent in a reply of a server that does not trace requests, such as a load balancer. */
  traceId?: string;
  errors?: FieldError[];
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The body that the client gets for an AppError. */
export function problemOf(error: AppError, requestId: string, traceId?: string): Problem {
  const { status, title } = errorCodes[error.code];
  return {
    type: `urn:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(traceId !== undefined && { traceId }),
    ...(error.errors && { errors: error.errors }),
  };
}

/** Converts any thrown value into an AppError. An unknown value becomes the `cause` of an `internal` error. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return refusalOfParser(error) ?? new AppError('internal', 'Something went wrong on our side.', { cause: error });
}

/** Recognizes errors of body-parser, raw-body and the router. */
function refusalOfParser(error: unknown): AppError | undefined {
  if (error instanceof URIError) return new AppError('not_found', undefined, { cause: error });
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return new AppError('too_large', 'The body is too large.', { cause: error });
  if (type === 'entity.parse.failed') return invalidField('body', 'must be a JSON object');
  if (type === 'charset.unsupported' || type === 'encoding.unsupported') {
    return new AppError('unsupported_media_type', 'The body must be UTF-8 JSON.', { cause: error });
  }
  if (error.status >= 400 && error.status < 500) {
    return new AppError('invalid_request', 'The request could not be read.', { cause: error });
  }
  return undefined;
}
