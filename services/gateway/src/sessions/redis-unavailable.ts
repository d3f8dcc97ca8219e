import { AppError } from '@mainstay/errors';

/** Sessions cannot be read or written, and no caller may become anonymous or another user because of that. */
export function redisUnavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Sessions cannot be read at the moment.', { retryAfterS: 1, cause });
}
