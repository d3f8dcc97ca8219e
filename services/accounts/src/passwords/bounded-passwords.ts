import { availableParallelism } from 'node:os';
import { AppError } from '@mainstay/errors';
import { createSemaphore } from '@mainstay/hardening';
import type { Passwords } from '../domain/user.js';

export interface HashingBounds {
  /** Cores that this process may use for hashing, on average; less than one if processes share them. */
  cores: number;
  /** Passwords that may wait for their turn. */
  queueMax: number;
  /** Called for each refused password. */
  onRefused?: () => void;
}

/**
 * Half of the machine, divided among a service's workers: a storm of sign-ins leaves the other half to signed-in
 * callers.
 */
export function hashingCores({ workers }: { workers: number }): number {
  return availableParallelism() / 2 / workers;
}

/**
 * Hashing with a bounded number of cores: further passwords wait in a short queue, and beyond that are refused at
 * once. If the share is not a whole number of cores, each place rests after its work to keep the average. Each method
 * throws AppError unavailable if the queue is full.
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
