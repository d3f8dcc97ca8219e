import { isNativeError } from 'node:util/types';
import { AppError } from '@mainstay/errors';
import type { Deadline } from './deadline.js';

/**
 * The connection could not be opened or was interrupted, so there is no response. It is unknown whether the service
 * executed the request.
 */
export class ConnectionFailed extends AppError {
  constructor(cause: unknown) {
    super('unavailable', 'The service behind this path does not respond.', { retryAfterS: 1, cause });
  }
}

/**
 * Returns the error that the client gets for a failed attempt. If the deadline ended the attempt, this error is the
 * deadline's `reason`.
 */
export function failureOf(error: unknown, { reason }: Pick<Deadline, 'reason'>): unknown {
  if (reason) return reason;
  if (error instanceof AppError) return error;
  return isRefusedHere(error)
    ? new AppError('invalid_request', undefined, { cause: error })
    : new ConnectionFailed(error);
}

/** True if undici refused to send a malformed request. This is an error of the client, not of the service. */
function isRefusedHere(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
  );
}

/**
 * True if the service received no byte of the request. Then every request may go to another replica, even if it is not
 * `repeatable`. (`instanceof` does not work: in jest, the error comes from another realm.)
 */
export function neverConnected(error: unknown): boolean {
  const isConnecting = isNativeError(error) && 'syscall' in error && error.syscall === 'connect';
  return isConnecting || codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT';
}

function codeOf(error: unknown): unknown {
  return isNativeError(error) && 'code' in error ? error.code : undefined;
}
