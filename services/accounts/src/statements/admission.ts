import { AppError } from '@mainstay/errors';

export interface AdmissionOptions {
  /** How many may be inside at once. */
  slots: number;
  /** How many may wait for a slot; the next one is refused. */
  queueMax: number;
  /** What a refused caller is told to wait, in seconds. */
  retryAfterS: number;
}

export interface Admission {
  /**
   * Waits for a slot, first come, first served; resolves with the function that gives it back (calling it again does nothing).
   * @throws AppError unavailable when too many wait already · the signal's reason when it aborts first
   */
  enter(signal: AbortSignal): Promise<() => void>;
  /** Refuses whoever waits and whoever comes, with this error. */
  close(error: Error): void;
  readonly inside: number;
  readonly waiting: number;
}

/**
 * A bounded queue before the pool. Piscina has one, but with tasks that can be aborted version 5.3 neither bounds it (`maxQueue` 2 took 7)
 * nor keeps its order, so the pool only ever gets what it has a thread for.
 */
export function createAdmission({ slots, queueMax, retryAfterS }: AdmissionOptions): Admission {
  const queue: { admit: () => void; refuse: (error: Error) => void }[] = [];
  let inside = 0;
  let closed: Error | undefined;

  const leave = (): void => {
    const next = queue.shift();
    if (next) next.admit();
    else inside--;
  };
  const slot = (): (() => void) => {
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };
  const wait = (signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const place = {
        admit: () => {
          signal.removeEventListener('abort', giveUp);
          resolve(slot());
        },
        refuse: reject,
      };
      const giveUp = (): void => {
        const at = queue.indexOf(place);
        if (at >= 0) queue.splice(at, 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      queue.push(place);
    });

  return {
    enter: async (signal) => {
      signal.throwIfAborted();
      if (closed) throw closed;
      if (inside < slots) {
        inside++;
        return slot();
      }
      if (queue.length >= queueMax) {
        throw new AppError('unavailable', 'Too many statements are being made right now.', { retryAfterS });
      }
      return wait(signal);
    },
    close: (error) => {
      closed = error;
      for (const { refuse } of queue.splice(0)) refuse(error);
    },
    get inside() {
      return inside;
    },
    get waiting() {
      return queue.length;
    },
  };
}
