import { availableParallelism } from 'node:os';
import { AppError } from '@mainstay/errors';
import { createSemaphore } from '@mainstay/hardening';
import type { Passwords } from '../domain/user.js';

export interface HashingBounds {
  /** Average number of cores that hashing can use, such as 0.5. */
  cores: number;
  /** Highest number of waiting passwords. */
  queueMax: number;
  onRefused?: () => void;
}

/**
 * Returns half of the machine's cores, divided by the number of workers. The other half stays free, so that hashing
 * does not slow down requests without a password.
 */
export function hashingCores({ workers }: { workers: number }): number {
  return availableParallelism() / 2 / workers;
}

/**
 * Limits hashing to `cores` cores on average, and queues further passwords. If the queue is full, each method throws
 * AppError unavailable.
 */
export function boundPasswords(passwords: Passwords, bounds: HashingBounds): Passwords {
  const { cores, queueMax, onRefused = () => undefined } = bounds;
  const placesMax = Math.ceil(cores);
  const share = cores / placesMax;
  const places = createSemaphore({
    placesMax,
    waitingMax: queueMax,
    busy() {
      onRefused();
      return new AppError('unavailable', 'Too many passwords are being checked. Please try again later.', {
        retryAfterS: 1,
      });
    },
  });

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const leave = await places.enter();
    const beganMs = performance.now();
    try {
      return await work();
    } finally {
      const restMs = (performance.now() - beganMs) * (1 / share - 1);
      if (restMs < 1) leave();
      else setTimeout(leave, restMs).unref();
    }
  }

  return {
    hash: (password) => inTurn(() => passwords.hash(password)),
    verify: (stored, password) => inTurn(() => passwords.verify(stored, password)),
    verifyNothing: (password) => inTurn(() => passwords.verifyNothing(password)),
  };
}
