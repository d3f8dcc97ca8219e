import mongoose, { mongo } from 'mongoose';

/** Temporary server errors, and errors that an operator fixes, such as missing rights or a full disk. */
const passingCodes = new Set([
  6, 7, 13, 24, 46, 50, 64, 89, 91, 100, 112, 133, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436, 14_031,
]);

/**
 * Server codes for a wrong command, an invalid document or a duplicate key. Codes from 15,000 upwards mostly come from
 * the server's parser.
 */
const mistakeCodes = new Set([
  2, 9, 14, 15, 16, 17, 22, 28, 40, 52, 53, 54, 55, 56, 57, 59, 66, 72, 73, 115, 121, 168, 171, 241, 10_334, 11_000,
]);
const PARSER_CODES_FROM = 15_000;

/** Whether the error code means that the same command can succeed later. */
export function isPassing(code: unknown): boolean {
  return passingCodes.has(Number(code));
}

/**
 * Whether MongoDB caused the failure. False if the caller caused the failure, for example with a wrong command or a
 * duplicate key.
 */
export function isOutage(error: unknown): boolean {
  if (error instanceof mongo.MongoServerError) {
    const code = Number(error.code);
    return isPassing(code) || !(mistakeCodes.has(code) || code >= PARSER_CODES_FROM);
  }
  return isConnectionFailure(error);
}

/** Codes of a broken socket. The driver throws such an error unchanged if the socket breaks during a write. */
const SOCKET_CODE = /^(E[A-Z]+|ERR_(STREAM|SOCKET|SSL|TLS)_[A-Z_]+)$/;

/** Errors that extend `MongoAPIError`, although the connection or the server's configuration causes them. */
const connectionErrors = [
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoServerClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoCompatibilityError,
  mongo.MongoMissingCredentialsError,
  mongo.MongoMissingDependencyError,
];

/** Mongoose has no class for these errors. It throws other plain errors if the caller calls a function wrongly. */
const NO_CONNECTION = /before initial connection|buffering timed out|connection was force closed/i;

/**
 * Whether the error counts as a failed connection. Errors of the driver do, except errors about a wrong call. A wrong
 * call must not count, because the guard would then refuse the operations of all callers.
 */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof mongo.MongoServerError) return false;
  if (error instanceof mongo.MongoError) {
    return !(error instanceof mongo.MongoAPIError) || connectionErrors.some((type) => error instanceof type);
  }
  const { message, constructor } = error;
  if (constructor === mongoose.MongooseError) return NO_CONNECTION.test(message);
  return 'code' in error && SOCKET_CODE.test(String(error.code));
}
