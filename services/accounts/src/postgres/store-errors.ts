import { AppError } from '@mainstay/errors';

/** Server-side classes that mean "not now": connection exceptions, out of resources, shutting down or starting up, read-only standby. */
const unavailableStates = /^(08|53|57P0[123]|25006)/;
const cancelled = '57014';

/**
 * What PostgreSQL's failure means to a caller: 503 while it is away or exhausted, 504 when a statement took too long, and as it was
 * (so in the end `internal`) when the statement itself is wrong.
 */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === cancelled || error.message === 'Query read timeout') {
    return new AppError('deadline_exceeded', 'The ledger took too long to answer.', { cause: error });
  }
  const isSqlState = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && 'severity' in error;
  if (isSqlState && !unavailableStates.test(code)) return error;
  if (!isSqlState && error instanceof TypeError) return error;
  return new AppError('unavailable', 'The ledger is temporarily unavailable.', { cause: error, retryAfterS: 1 });
}
