import type { ConsumerLog } from './consumer-log.js';

export interface Outage {
  /** Records a failed attempt. Returns the number of consecutive failures. */
  failed(error: unknown): number;
  /** Records a successful attempt. */
  over(): void;
}

/** Logs the beginning and the end of an outage that lasts longer than `patienceMs`. */
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
      if (isTold) log.info('events are stored again');
      failures = 0;
      isTold = false;
    },
  };
}
