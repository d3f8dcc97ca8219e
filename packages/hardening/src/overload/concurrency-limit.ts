export interface ConcurrencyLimitOptions {
  /** The limit never falls below this number of requests. */
  min: number;
  /** The limit never rises above this number of requests, which bounds memory and sockets. */
  max: number;
  nowMs?: () => number;
  /** Mean delay of the event loop since the last call, in milliseconds. */
  takeDelayMs?: () => number;
}

/** A limit of concurrent requests that follows the platform's current capacity. */
export interface ConcurrencyLimit {
  readonly value: number;
  readonly underWay: number;
  /** Adds a request and returns true. Returns false if `share` of the limit is in use. */
  tryEnter(share: number): boolean;
  /** Removes a request. Pass the duration only if the duration depends on the platform's load. */
  leave(tookMs?: number): void;
}

/** A window ends after WINDOW_MS if it has WINDOW_SAMPLES samples, and otherwise after QUIET_WINDOW_MS. */
const WINDOW_MS = 200;
const WINDOW_SAMPLES = 20;
const QUIET_WINDOW_MS = 1_000;
/** Above this mean delay of the event loop, the process is overloaded. */
const DELAY_MS_MAX = 50;
/** A smaller difference between two durations is ignored, because it may be chance. */
const SLACK_MS = 10;
const SHRINK_AT = 3;
const GROW_BELOW = 2;
/** If the limit has not grown for this time, a trial doubles it for one window. */
const TRIAL_EVERY_MS = 30_000;
const TRIAL_FACTOR = 2;
/**
 * If a trial lengthens requests by more than this factor, the former limit is restored. Factor 1 means that requests do
 * not wait for each other. Factor 2 means that the doubled limit serves no more requests per second.
 */
const WAITING_ABOVE = 1.4;

/** A trial measures requests at a doubled limit. `old` requests began before the trial, so their times are ignored. */
interface Trial {
  formerLimit: number;
  formerMeanMs: number;
  old: number;
}

/**
 * Lowers the limit if requests wait for each other, and raises the limit if they do not. Similar to Netflix's
 * concurrency-limits and Envoy's adaptive concurrency filter.
 *
 * The limit changes only after it has refused a request, because slow requests under little load are not an overload.
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { max, nowMs = () => performance.now(), takeDelayMs = () => 0 } = options;
  const min = Math.min(options.min, max);
  const quiet = Math.max(1, Math.floor(min / 4));
  let limit = Math.min(max, min * 4);
  let underWay = 0;
  /** The mean duration of a request while few requests run. */
  let quietTimeMs: number | undefined;
  /** Since this time, the limit has refused requests and has not grown. */
  let stuckSinceMs: number | undefined;
  let trial: Trial | undefined;
  let window = { sinceMs: nowMs(), samples: 0, sumMs: 0, mostUnderWay: 0, wasFull: false };

  function startWindow(): void {
    window = { sinceMs: nowMs(), samples: 0, sumMs: 0, mostUnderWay: underWay, wasFull: false };
  }

  function endWindow(): void {
    const meanMs = window.sumMs / window.samples;
    const isLate = takeDelayMs() > DELAY_MS_MAX;
    if (trial) endTrial(trial, meanMs, isLate);
    else if (window.wasFull) adjust(meanMs, isLate);
    else if (window.mostUnderWay <= quiet) learn(meanMs);
    startWindow();
  }

  function learn(meanMs: number): void {
    quietTimeMs = quietTimeMs === undefined ? meanMs : quietTimeMs * 0.7 + meanMs * 0.3;
    stuckSinceMs = undefined;
  }

  /** If the quiet time is unknown, it counts as 0, so slow requests lower the limit. */
  function adjust(meanMs: number, isLate: boolean): void {
    const quietMs = quietTimeMs ?? 0;
    if (!isLate && meanMs < quietMs * GROW_BELOW + SLACK_MS) {
      limit = Math.min(max, limit + Math.sqrt(limit));
      stuckSinceMs = undefined;
      return;
    }
    if (isLate || meanMs > quietMs * SHRINK_AT + SLACK_MS) limit = Math.max(min, limit * 0.9);
    stuckSinceMs ??= nowMs();
    if (!isLate && limit < max && nowMs() - stuckSinceMs >= TRIAL_EVERY_MS) beginTrial(meanMs);
  }

  /**
   * Under constant load, the quiet time is never measured, so double the limit for a while. If requests then take
   * longer, they wait for each other, and the doubled limit is too high.
   */
  function beginTrial(meanMs: number): void {
    trial = { formerLimit: limit, formerMeanMs: meanMs, old: underWay };
    limit = Math.min(max, limit * TRIAL_FACTOR);
  }

  function endTrial({ formerLimit, formerMeanMs }: Trial, meanMs: number, isLate: boolean): void {
    trial = undefined;
    stuckSinceMs = undefined;
    // The requests did not fill the doubled limit, so the trial proves nothing. Keep the doubled limit.
    if (!isLate && !window.wasFull) return;
    if (isLate || meanMs > formerMeanMs * WAITING_ABOVE) limit = formerLimit;
    else quietTimeMs = meanMs;
  }

  function isOver(): boolean {
    const lastedMs = nowMs() - window.sinceMs;
    return (
      lastedMs >= WINDOW_MS && (window.samples >= WINDOW_SAMPLES || (window.samples > 0 && lastedMs >= QUIET_WINDOW_MS))
    );
  }

  return {
    get value() {
      return Math.floor(limit);
    },
    get underWay() {
      return underWay;
    },
    tryEnter(share) {
      if (underWay >= Math.max(1, Math.floor(this.value * share))) {
        window.wasFull = true;
        return false;
      }
      underWay += 1;
      if (underWay > window.mostUnderWay) window.mostUnderWay = underWay;
      return true;
    },
    leave(tookMs) {
      underWay -= 1;
      if (trial && trial.old > 0) {
        trial.old -= 1;
        if (trial.old === 0) startWindow();
        return;
      }
      if (tookMs === undefined) return;
      window.samples += 1;
      window.sumMs += tookMs;
      if (isOver()) endWindow();
    },
  };
}
