import type { ConsumerLog } from './consumer-log.js';

export interface Outage {
  /** An attempt failed. Returns how many have, in a row. */
  failed(error: unknown): number;
  /** An attempt succeeded. */
  over(): void;
}

/** Tells of an outage once, not once an attempt, and of its end; one that passes within `patienceMs` is no news. */
export function watchOutage(log: ConsumerLog, patienceMs: number): Outage {
  let failures = 0;
  let sinceMs = 0;
  let isTold = false;
  return {
    failed(error) {
      failures += 1;
      if (failures === 1) sinceMs = performance.now();
      if (!isTold && performance.now() - sinceMs >= patienceMs) {
        log.warn('events wait: a store does not answer', { error });
        isTold = true;
      }
      return failures;
    },
    over() {
      if (isTold) log.info('events flow again');
      failures = 0;
      isTold = false;
    },
  };
}
