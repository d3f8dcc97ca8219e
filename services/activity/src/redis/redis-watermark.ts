import { AppError } from '@mainstay/errors';
import type { EventStream } from '@mainstay/events';

/** Reads the position up to which all events are stored. Throws AppError unavailable while Redis is down. */
export function createWatermarkReader(stream: Pick<EventStream, 'readWatermark'>): () => Promise<string | null> {
  return async () => {
    try {
      return await stream.readWatermark();
    } catch (error) {
      throw new AppError('unavailable', undefined, { retryAfterS: 5, cause: error });
    }
  };
}
