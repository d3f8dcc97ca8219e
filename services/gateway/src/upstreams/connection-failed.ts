import { isNativeError } from 'node:util/types';
import { AppError } from '@mainstay/errors';
import type { Deadline } from './deadline.js';

/** No reply came: the connection could not be made or broke. Whether the service did the work is unknown. */
export class ConnectionFailed extends AppError {
  constructor(cause: unknown) {
    super('unavailable', 'The service behind this path does not answer.', { retryAfterS: 1, cause });
  }
}

/** The error that a caller gets for a failed attempt: the deadline's reason, if the deadline ended the attempt. */
export function failureOf(error: unknown, { reason }: Pick<Deadline, 'reason'>): unknown {
  if (reason) return reason;
  if (error instanceof AppError) return error;
  return isRefusedHere(error)
    ? new AppError('invalid_request', undefined, { cause: error })
    : new ConnectionFailed(error);
}

/** undici refuses to send a malformed request: the client's mistake, and not a failure of the service. */
function isRefusedHere(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
  );
}

/**
 * True if no byte of the request can have arrived, so that any request may go to another replica. (Not instanceof: in jest the error is of another
 * realm.)
 */
export function neverConnected(error: unknown): boolean {
  const isConnecting = isNativeError(error) && 'syscall' in error && error.syscall === 'connect';
  return isConnecting || codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT';
}

function codeOf(error: unknown): unknown {
  return isNativeError(error) && 'code' in error ? error.code : undefined;
}
