import { errorCodes, type ErrorCode } from './error-codes.js';

/**
 * One mistake in the input. `path` names the field with dots (`entries.0.amount`); `message` says which value is valid.
 */
export interface FieldError {
  path: string;
  message: string;
}

/** With these three bounds, a small request cannot cause a large reply. */
const ERRORS_MAX = 20;
const PATH_CHARACTERS_MAX = 100;
const TEXT_CHARACTERS_MAX = 1_000;

export interface AppErrorOptions {
  /** One entry for each wrong field. The error keeps only the first 20 entries. */
  errors?: FieldError[];
  headers?: Record<string, string>;
  /** Whole seconds that the caller should wait before a retry. The reply sends them as `Retry-After`. */
  retryAfterS?: number;
  cause?: unknown;
}

/** An error whose code and detail the client gets. The `cause` is only for the log and is never sent. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, detail?: string, options: AppErrorOptions = {}) {
    const text = shortened(detail ?? errorCodes[code].title, TEXT_CHARACTERS_MAX);
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = options.errors?.slice(0, ERRORS_MAX).map(({ path, message }) => ({
      path: shortened(path, PATH_CHARACTERS_MAX),
      message: shortened(message, TEXT_CHARACTERS_MAX),
    }));
    this.headers = { ...options.headers };
    if (options.retryAfterS !== undefined) this.headers['retry-after'] = String(options.retryAfterS);
  }

  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** Returns an `invalid_request` error about one field. */
export function invalidField(path: string, message: string): AppError {
  return new AppError('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] });
}

function shortened(text: string, charactersMax: number): string {
  // If the cut splits a surrogate pair, drop the first half, which alone is not valid Unicode.
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
