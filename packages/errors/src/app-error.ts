import { errorCodes, type ErrorCode } from './error-codes.js';

/** One mistake in the input: `path` names the field in dots (`entries.0.amount`), `message` says what would be right. */
export interface FieldError {
  path: string;
  message: string;
}

export interface AppErrorOptions {
  errors?: FieldError[];
  headers?: Record<string, string>;
  /** Whole seconds after which a retry makes sense; sent as `Retry-After`. */
  retryAfterS?: number;
  cause?: unknown;
}

/**
 * An error whose code and detail are meant for the caller: both leave the process in the reply.
 * What must stay inside belongs in `cause`, which is logged and never sent.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, detail?: string, options: AppErrorOptions = {}) {
    super(detail ?? errorCodes[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = options.errors;
    this.headers = { ...options.headers };
    if (options.retryAfterS !== undefined) this.headers['retry-after'] = String(options.retryAfterS);
  }

  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** `invalid_request` for one field: the short way to the most frequent refusal. */
export function invalidField(path: string, message: string): AppError {
  return new AppError('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] });
}
