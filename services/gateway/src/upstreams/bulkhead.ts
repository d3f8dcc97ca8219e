import { AppError } from '@mainstay/errors';

/** Bounds what one service can take of this process: requests under way, and requests that wait for a place. */
export interface Bulkhead {
  readonly underWay: number;
  readonly waiting: number;
  /**
   * A place, given back by the function returned; calling that again does nothing.
   * @throws AppError unavailable where all places are taken and the queue is full, or none came free in time; the reason of `signal`
   */
  enter(signal: AbortSignal): Promise<() => void>;
}

export interface BulkheadOptions {
  placesMax: number;
  waitingMax: number;
  waitMsMax: number;
}

export function createBulkhead({ placesMax, waitingMax, waitMsMax }: BulkheadOptions): Bulkhead {
  let underWay = 0;
  /** Those who wait, first come first; a set, so that one who leaves is found at once. */
  const queue = new Set<() => void>();

  function takePlace(): () => void {
    underWay += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      underWay -= 1;
      const [next] = queue;
      next?.();
    };
  }

  function waitForPlace(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.delete(proceed);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const proceed = (): void => {
        leave();
        resolve(takePlace());
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        leave();
        reject(busy());
      }, waitMsMax);
      signal.addEventListener('abort', onAbort);
      queue.add(proceed);
    });
  }

  return {
    get underWay() {
      return underWay;
    },
    get waiting() {
      return queue.size;
    },
    async enter(signal) {
      signal.throwIfAborted();
      if (underWay < placesMax) return takePlace();
      if (queue.size >= waitingMax) throw busy();
      return waitForPlace(signal);
    },
  };
}

const busy = (): AppError =>
  new AppError('unavailable', 'The service behind this path is overloaded.', { retryAfterS: 1 });
