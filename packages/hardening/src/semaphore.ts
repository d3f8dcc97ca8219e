import type { AppError } from '@mainstay/errors';

/** Limits concurrent work. An entry is one call of `enter`: it gets a place, or waits in a bounded queue. */
export interface Semaphore {
  readonly underWay: number;
  readonly waiting: number;
  /**
   * Waits for a place, and resolves with a function that releases the place. An owner who has no place gets the next
   * free place before an owner who has one.
   * @throws the `busy` error if the queue is full or the wait was too long
   * @throws the `tooManyOwn` error if the owner has reached `ownMax`
   * @throws the `reason` of an aborted `signal`
   * @throws the error of `close`
   */
  enter(options?: EnterOptions): Promise<() => void>;
  /** Takes a place without an owner and returns true, or returns false if no place is free. */
  tryEnter(): boolean;
  /** Releases a place of `tryEnter`. */
  leave(): void;
  /** Rejects all waiting and all later entries with the error. */
  close(error: Error): void;
}

export interface EnterOptions {
  /** When the signal aborts, a waiting entry leaves the queue and rejects. */
  signal?: AbortSignal;
  /** The user for whom the work is done. */
  owner?: string;
}

export interface SemaphoreOptions {
  placesMax: number;
  waitingMax: number;
  /** The longest wait for a place. Default: no limit. */
  waitMsMax?: number;
  /** The maximum of one owner's places and waiting entries together. Default: no limit. */
  ownMax?: number;
  /** Creates the error for an entry that finds the queue full or waits too long. */
  busy: () => AppError;
  /** Creates the error for an entry that exceeds `ownMax`. Default: `busy`. */
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
  /** In order of arrival. A Set removes an entry in constant time. */
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
