import type { AppError } from '@mainstay/errors';

/** Limits concurrent work: places for work that runs, and a bounded queue for work that waits. */
export interface Semaphore {
  readonly underWay: number;
  readonly waiting: number;
  /**
   * Waits for a place. Resolves with the function that releases it; a second call of that function does nothing. First
   * come, first served, but an owner without a place comes before an owner who has one.
   * @throws the `busy` error if the queue is full or no place was free in time; AppError rate_limited if the owner has
   * too many; the reason of `signal`
   */
  enter(options?: EnterOptions): Promise<() => void>;
  /** Takes a place if one is free at once; it is given back by `leave`. For callers without an owner. */
  tryEnter(): boolean;
  leave(): void;
  /** Rejects all waiting and all later entries with this error. */
  close(error: Error): void;
}

export interface EnterOptions {
  /** Ends the wait when it aborts. */
  signal?: AbortSignal;
  owner?: string;
}

export interface SemaphoreOptions {
  placesMax: number;
  waitingMax: number;
  /** Longest wait for a place. Default: no limit but the signal. */
  waitMsMax?: number;
  /** Places and waits of one owner together. Default: no limit. */
  ownMax?: number;
  /** Creates the refusal; called for each refused entry. */
  busy: () => AppError;
  /** The refusal of an owner who has too many. Default: `busy`. */
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
  /** Places of each owner. */
  const owned = new Map<string, number>();
  /** In order of arrival. A set, so that an entry that leaves is removed quickly. */
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
