import { AppError } from '@mainstay/errors';

/** An outage of Redis must not make a caller anonymous or another user, so the request fails. */
export function redisUnavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Sessions cannot be read at the moment.', { retryAfterS: 1, cause });
}
