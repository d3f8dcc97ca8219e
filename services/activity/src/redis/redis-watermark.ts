import { AppError } from '@mainstay/errors';
import type { EventStream } from '@mainstay/events';

/**
 * Returns a function that reads the position up to which all events are stored, except dead letters. While Redis is
 * down, that function throws AppError unavailable.
 */
export function createWatermarkReader(stream: Pick<EventStream, 'readWatermark'>): () => Promise<string | null> {
  return async () => {
    try {
      return await stream.readWatermark();
    } catch (error) {
      throw new AppError('unavailable', undefined, { retryAfterS: 5, cause: error });
    }
  };
}
