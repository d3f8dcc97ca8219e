import type { AppError } from '@mainstay/errors';

/** Limits concurrent work to a number of places. Further work waits in a bounded queue. */
export interface Semaphore {
  readonly underWay: number;
  readonly waiting: number;
  /**
   * Waits for a place, and resolves with a function that releases the place. An owner without a place gets the next
   * free place before an owner who has a place.
   * @throws the `busy` error if the queue is full or the wait was too long
   * @throws the `tooManyOwn` error if the owner has reached `ownMax`
   * @throws the `reason` of an aborted `signal`
   * @throws the error of `close`
   */
  enter(options?: EnterOptions): Promise<() => void>;
  /**
   * Takes a place and returns true, or returns false if no place is free. The place belongs to no owner, and `leave`
   * releases it.
   */
  tryEnter(): boolean;
  leave(): void;
  /** Rejects all waiting and all later entries with the error. */
  close(error: Error): void;
}

export interface EnterOptions {
  /** When the signal aborts, the entry leaves the queue and rejects. */
  signal?: AbortSignal;
  owner?: string;
}

export interface SemaphoreOptions {
  placesMax: number;
  waitingMax: number;
  /** The longest wait for a place. Default: the entry waits until its signal aborts. */
  waitMsMax?: number;
  /** The maximum of one owner's places and waiting entries together. Default: no limit. */
  ownMax?: number;
  /** Creates the error for an entry that finds the queue full or waits too long. */
  busy: () => AppError;
  /** Creates the error for an owner who has too many places and waiting entries. Default: `busy`. */
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
  /** The number of places that each owner uses. */
  const owned = new Map<string, number>();
  /** Waiting entries in order of arrival. A Set removes an entry in constant time. */
  const queue = new Set<Waiting>();
  let closed: Error | undefined;

  function countOwned(owner: string | undefined, change: number): void {
    if (owner === undefined) return;
    const count = (owned.get(owner) ?? 0) + change;
    if (count === 0) owned.delete(owner);
    else owned.set(owner, count);
  }

  function hasTooMany(owner: string): boolean {
    let count = owned.get(owner) ?? 0;
    for (const waiting of queue) if (waiting.owner === owner) count += 1;
    return count >= ownMax;
  }

  function nextInQueue(): Waiting | undefined {
    for (const waiting of queue) if (waiting.owner === undefined || !owned.has(waiting.owner)) return waiting;
    const [first] = queue;
    return first;
  }

  function takePlace(owner: string | undefined): () => void {
    underWay += 1;
    countOwned(owner, 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      underWay -= 1;
      countOwned(owner, -1);
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
