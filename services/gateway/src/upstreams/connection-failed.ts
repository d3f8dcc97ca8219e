import { isNativeError } from 'node:util/types';
import { AppError } from '@mainstay/errors';
import type { Deadline } from './deadline.js';

/** The connection was not opened, or it broke. If it broke, the service may have executed the request. */
export class ConnectionFailed extends AppError {
  constructor(cause: unknown) {
    super('unavailable', 'The service behind this path does not respond.', { retryAfterS: 1, cause });
  }
}

/** Returns the error for the client. After the deadline, the error is the deadline's `reason`. */
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

/** If true, the service received no byte, so even a POST can be sent again. */
export function neverConnected(error: unknown): boolean {
  const isConnecting = isNativeError(error) && 'syscall' in error && error.syscall === 'connect';
  return isConnecting || codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT';
}

function codeOf(error: unknown): unknown {
  return isNativeError(error) && 'code' in error ? error.code : undefined;
}
