import { AppError } from '@mainstay/errors';

/** Bounds what one service may take of this process: concurrent requests, and requests that wait for a place. */
export interface Bulkhead {
  readonly underWay: number;
  readonly waiting: number;
  /**
   * A place, released by the returned function; a second call does nothing.
   * @throws AppError unavailable if all places are taken and the queue is full, or none came free in time; the reason
   * of `signal`
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
  /** Waiting requests, first come first; a set, so that a leaving one is found at once. */
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
