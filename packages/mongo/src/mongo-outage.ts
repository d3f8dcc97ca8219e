import mongoose, { mongo } from 'mongoose';

/** Temporary server errors, and errors that an operator fixes, such as missing rights or a full disk. */
const passingCodes = new Set([
  6, 7, 13, 24, 46, 50, 64, 89, 91, 100, 112, 133, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436, 14_031,
]);

/** Server codes for a wrong command. Codes from 15,000 upwards mostly come from the server's parser. */
const mistakeCodes = new Set([2, 9, 14, 15, 16, 17, 40, 52, 59, 72, 73, 115, 168, 241]);
const PARSER_CODES_FROM = 15_000;

/** Whether the error code means that the same command can succeed later. */
export function isPassing(code: unknown): boolean {
  return passingCodes.has(Number(code));
}

/** Whether MongoDB caused the failure. False for a wrong command, which is a bug of the service. */
export function isOutage(error: unknown): boolean {
  if (error instanceof mongo.MongoServerError) {
    const code = Number(error.code);
    return isPassing(code) || !(mistakeCodes.has(code) || code >= PARSER_CODES_FROM);
  }
  return isConnectionFailure(error);
}

/** Codes of a broken socket. The driver throws such an error unchanged if the socket breaks during a write. */
const SOCKET_CODE = /^(E[A-Z]+|ERR_(STREAM|SOCKET|SSL|TLS)_[A-Z_]+)$/;

/**
 * Whether the error counts as a failed connection. Every error of the driver itself does. A plain MongooseError usually
 * means that no connection is open.
 */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof mongo.MongoServerError) return false;
  return (
    error instanceof mongo.MongoError ||
    error.constructor === mongoose.MongooseError ||
    ('code' in error && SOCKET_CODE.test(String(error.code)))
  );
}
