import { AppError } from '@mainstay/errors';
import type { EventStream } from '@mainstay/events';

/** Up to where every event is stored, as live feeds ask for it. Throws AppError unavailable while Redis is away. */
export function createWatermarkReader(stream: Pick<EventStream, 'readWatermark'>): () => Promise<string | null> {
  return async () => {
    try {
      return await stream.readWatermark();
    } catch (error) {
      throw new AppError('unavailable', undefined, { retryAfterS: 5, cause: error });
    }
  };
}
