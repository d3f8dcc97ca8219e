import { AppError } from '@mainstay/errors';
import mongoose, { mongo } from 'mongoose';

/** Server errors that pass: stepping down, shutting down, interrupted, out of time. */
const passingCodes = new Set([6, 7, 50, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

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
  if (error instanceof mongo.MongoServerError) return passingCodes.has(Number(error.code));
  // What is left of the driver's errors concerns connections; mongoose's own one says that there is none yet.
  return (
    error instanceof mongo.MongoError ||
    (error instanceof mongoose.Error && error.constructor === mongoose.MongooseError)
  );
}
