import { AppError } from '@mainstay/errors';

/** If Redis is down, a request with a session fails with this error, because its caller must not become anonymous. */
export function redisUnavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Sessions cannot be read at the moment.', { retryAfterS: 1, cause });
}
