import type { AppError } from '@mainstay/errors';

/**
 * A semaphore limits the number of concurrent tasks. A *place* is the permission to run one task. A call of `enter`
 * gets a place or waits in a bounded queue.
 */
export interface Semaphore {
  readonly underWay: number;
  readonly waiting: number;
  /**
   * Waits for a place, and resolves with a function that releases the place. An owner without a place gets the next
   * free place before an owner who already has a place.
   * @throws the `busy` error if the queue is full or the wait was too long
   * @throws the `tooManyOwn` error if the owner has reached `ownMax`
   * @throws the `reason` of an aborted `signal`
   * @throws the error that was passed to `close`
   */
  enter(options?: EnterOptions): Promise<() => void>;
  /**
   * Occupies a free place and returns true. Returns false if no place is free or the semaphore is closed. The place
   * does not count towards `ownMax`, which is the maximum for each user.
   */
  tryEnter(): boolean;
  /**
   * Releases a place that `tryEnter` has occupied. For a place of `enter`, call the function that the promise of
   * `enter` resolved with.
   */
  leave(): void;
  /** Rejects every waiting call of `enter` and every later call of `enter` with `error`. */
  close(error: Error): void;
}

export interface EnterOptions {
  /** If the signal aborts while a call of `enter` waits, the call leaves the queue and rejects. */
  signal?: AbortSignal;
  /** The user for whom the task runs. */
  owner?: string;
}

export interface SemaphoreOptions {
  placesMax: number;
  waitingMax: number;
  /** Maximum number of milliseconds that a call of `enter` waits for a place. Default: no limit. */
  waitMsMax?: number;
  /** Maximum number of tasks of one owner. Running tasks and waiting tasks are counted together. Default: no limit. */
  ownMax?: number;
  /** Creates the error for a call of `enter` that finds the queue full or waits too long. */
  busy: () => AppError;
  /** Creates the error for a call of `enter` whose owner already has `ownMax` tasks. Default: `busy`. */
  tooManyOwn?: () => AppError;
}

interface Waiting {
  owner: string | undefined;
  admit: () => void;
  refuse: (error: Error) => void;
}

export function createSemaphore(options: SemaphoreOptions): Semaphore {
  const { placesMax, waitingMax, waitMsMax, ownMax = Infinity, busy, tooManyOwn = busy } = options;
  let underWay = 0;
  const placesByOwner = new Map<string, number>();
  /** Waiting calls of `enter`, the oldest call first. A Set can remove a waiting call in constant time. */
  const queue = new Set<Waiting>();
  let closed: Error | undefined;

  function countPlaces(owner: string | undefined, change: number): void {
    if (owner === undefined) return;
    const count = (placesByOwner.get(owner) ?? 0) + change;
    if (count === 0) placesByOwner.delete(owner);
    else placesByOwner.set(owner, count);
  }

  function hasTooMany(owner: string): boolean {
    let count = placesByOwner.get(owner) ?? 0;
    for (const waiting of queue) if (waiting.owner === owner) count += 1;
    return count >= ownMax;
  }

  function nextInQueue(): Waiting | undefined {
    for (const waiting of queue) if (waiting.owner === undefined || !placesByOwner.has(waiting.owner)) return waiting;
    const [first] = queue;
    return first;
  }

  function takePlace(owner: string | undefined): () => void {
    underWay += 1;
    countPlaces(owner, 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      underWay -= 1;
      countPlaces(owner, -1);
      nextInQueue()?.admit();
    };
  }

  function waitForPlace({ owner, signal }: EnterOptions): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.delete(waiting);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiting: Waiting = {
        owner,
        admit: () => {
          leave();
          resolve(takePlace(owner));
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => waiting.refuse(signal?.reason as Error);
      const timer = waitMsMax === undefined ? undefined : setTimeout(() => waiting.refuse(busy()), waitMsMax);
      signal?.addEventListener('abort', onAbort);
      queue.add(waiting);
    });
  }

  return {
    get underWay() {
      return underWay;
    },
    get waiting() {
      return queue.size;
    },
    async enter(entering = {}) {
      const { owner, signal } = entering;
      signal?.throwIfAborted();
      if (closed) throw closed;
      if (owner !== undefined && ownMax !== Infinity && hasTooMany(owner)) throw tooManyOwn();
      if (underWay < placesMax) return takePlace(owner);
      if (queue.size >= waitingMax) throw busy();
      return waitForPlace(entering);
    },
    tryEnter() {
      if (closed || underWay >= placesMax) return false;
      underWay += 1;
      return true;
    },
    leave() {
      underWay -= 1;
      nextInQueue()?.admit();
    },
    close(error) {
      closed = error;
      for (const waiting of [...queue]) waiting.refuse(error);
    },
  };
}
