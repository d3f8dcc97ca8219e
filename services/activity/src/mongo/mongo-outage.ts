import { AppError } from '@mainstay/errors';
import mongoose, { mongo } from 'mongoose';

/** Server errors that pass, or that an operator ends: no rights, locks, stepping down, interrupted, out of time or disk. */
const passingCodes = new Set([
  6, 7, 13, 24, 46, 50, 64, 89, 91, 100, 112, 133, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436, 14_031,
]);

/** Whether a server error's code says that the server cannot just now, whatever it was asked. */
export function isPassing(code: unknown): boolean {
  return passingCodes.has(Number(code));
}

/**
 * Runs a read of the event log. Where MongoDB does not answer, it fails with AppError unavailable; a mistake of ours stays
 * the error that it is.
 */
export async function readFrom<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!isOutage(error)) throw error;
    throw new AppError('unavailable', 'The event log does not answer now.', { retryAfterS: 5, cause: error });
  }
}

function isOutage(error: unknown): boolean {
  if (error instanceof mongo.MongoServerError) return isPassing(error.code);
  // What is left of the driver's errors concerns connections; mongoose's own one says that there is none yet.
  return (
    error instanceof mongo.MongoError ||
    (error instanceof mongoose.Error && error.constructor === mongoose.MongooseError)
  );
}
