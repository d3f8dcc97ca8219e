import { AppError } from '@mainstay/errors';

/** Sessions cannot be read or written: nobody may be taken for anonymous or for someone else meanwhile. */
export function redisUnavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Sessions cannot be read at the moment.', { retryAfterS: 1, cause });
}
