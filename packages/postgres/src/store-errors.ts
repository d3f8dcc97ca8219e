import { AppError } from '@mainstay/errors';

/** SQLSTATEs of temporary failures, such as a lost connection or a restart. */
const unavailableStates = /^(08|53|57P0[123]|25006)/;
const CANCELLED = '57014';

/** Converts a PostgreSQL failure to `unavailable` or `deadline_exceeded`. Returns other errors unchanged. */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === CANCELLED || error.message === 'Query read timeout') {
    return new AppError('deadline_exceeded', 'The store took too long to answer.', { cause: error });
  }
  const isSqlState = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && 'severity' in error;
  if (isSqlState && !unavailableStates.test(code)) return error;
  if (!isSqlState && error instanceof TypeError) return error;
  return new AppError('unavailable', 'The store is temporarily unavailable.', { cause: error, retryAfterS: 1 });
}
