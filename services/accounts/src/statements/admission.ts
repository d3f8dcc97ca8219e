import { AppError } from '@mainstay/errors';

export interface AdmissionOptions {
  /** Slots. */
  slots: number;
  /** How many may wait for a slot; further ones are refused. */
  queueMax: number;
  /** How many one owner may have, inside and waiting together; further ones are refused. */
  ownMax: number;
  /**
   * How long one may wait for a slot; then it is refused. Well below the deadline of a request, so that its caller
   * gets a response.
   */
  waitMsMax: number;
  /** Seconds in `Retry-After` of a refusal. */
  retryAfterS: number;
}

export interface Admission {
  /**
   * Waits for a slot; resolves with the function that returns it (a second call does nothing). First come, first
   * served, but an owner without a slot goes before one with a slot.
   * @throws AppError rate_limited when the owner has too many already; unavailable when too many wait, or none came
   * free in time; the signal's reason when it aborts first
   */
  enter(owner: string, signal: AbortSignal): Promise<() => void>;
  /** Refuses all waiting and all later ones with this error. */
  close(error: Error): void;
  readonly inside: number;
  readonly waiting: number;
}

interface Waiting {
  owner: string;
  admit: () => void;
  refuse: (error: Error) => void;
}

/**
 * A bounded queue in front of the pool. Piscina 5.3 has one, but for tasks that can be aborted it is neither bounded
 * (`maxQueue` 2 took 7) nor in order. So the pool gets a task only when a thread is free.
 */
export function createAdmission({ slots, queueMax, ownMax, waitMsMax, retryAfterS }: AdmissionOptions): Admission {
  const queue = new Set<Waiting>();
  const inside: string[] = [];
  let closed: Error | undefined;

  const countOf = (owner: string): number => inside.filter((other) => other === owner).length;
  const ownedBy = (owner: string): number =>
    countOf(owner) + [...queue].filter((waiting) => waiting.owner === owner).length;

  const takeSlot = (owner: string): (() => void) => {
    inside.push(owner);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      inside.splice(inside.indexOf(owner), 1);
      const [first] = queue;
      const next = [...queue].find((waiting) => countOf(waiting.owner) === 0) ?? first;
      next?.admit();
    };
  };

  const wait = (owner: string, signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const stopWaiting = (): void => {
        queue.delete(waiting);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const waiting: Waiting = {
        owner,
        admit: () => {
          stopWaiting();
          resolve(takeSlot(owner));
        },
        refuse: (error) => {
          stopWaiting();
          reject(error);
        },
      };
      const onAbort = (): void => waiting.refuse(signal.reason as Error);
      const timer = setTimeout(() => waiting.refuse(busy(retryAfterS)), waitMsMax);
      signal.addEventListener('abort', onAbort);
      queue.add(waiting);
    });

  return {
    enter: async (owner, signal) => {
      signal.throwIfAborted();
      if (closed) throw closed;
      if (ownedBy(owner) >= ownMax) throw tooManyOwn(ownMax, retryAfterS);
      if (inside.length < slots) return takeSlot(owner);
      if (queue.size >= queueMax) throw busy(retryAfterS);
      return wait(owner, signal);
    },
    close: (error) => {
      closed = error;
      for (const { refuse } of [...queue]) refuse(error);
    },
    get inside() {
      return inside.length;
    },
    get waiting() {
      return queue.size;
    },
  };
}

const busy = (retryAfterS: number): AppError =>
  new AppError('unavailable', 'Too many statements are being rendered.', { retryAfterS });

const tooManyOwn = (ownMax: number, retryAfterS: number): AppError =>
  new AppError('rate_limited', `You may have ${ownMax} statements rendered at the same time.`, { retryAfterS });
