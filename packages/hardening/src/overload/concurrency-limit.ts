export interface ConcurrencyLimitOptions {
  /** The lowest limit of concurrent requests. */
  min: number;
  /** The highest limit, which bounds memory and sockets. */
  max: number;
  nowMs?: () => number;
  /** Returns the mean delay of the event loop since the previous call. */
  takeDelayMs?: () => number;
}

/** A limit of concurrent requests that adapts to the platform's current capacity. */
export interface ConcurrencyLimit {
  readonly value: number;
  readonly underWay: number;
  /** Adds a request and returns true. With a limit of 100 and `share` 0.75, the 76th request gets false. */
  tryEnter(share: number): boolean;
  /** Removes a request. Pass its duration only if the duration depends on the platform's load. */
  leave(tookMs?: number): void;
}

/**
 * The limit can change at the end of each window. A window lasts at least WINDOW_MS, and until WINDOW_SAMPLES durations
 * are measured. After QUIET_WINDOW_MS, one duration is enough.
 */
const WINDOW_MS = 200;
const WINDOW_SAMPLES = 20;
const QUIET_WINDOW_MS = 1_000;
/** If the event loop's mean delay is longer, the process is overloaded. */
const DELAY_MS_MAX = 50;
/** A smaller difference between two durations is ignored as chance. */
const SLACK_MS = 10;
/**
 * The quiet time is the mean duration while few requests run. The limit shrinks if requests take more than three times
 * the quiet time, and grows if they take less than twice the quiet time.
 */
const SHRINK_ABOVE = 3;
const GROW_BELOW = 2;
/** If the limit has refused requests for this time without growing, a trial doubles it for one window. */
const TRIAL_EVERY_MS = 30_000;
const TRIAL_FACTOR = 2;
/**
 * If requests take more than this many times as long during a trial, the former limit is restored. If they take twice
 * as long, doubling the limit gains nothing.
 */
const TRIAL_SLOWDOWN_MAX = 1.4;

interface Trial {
  formerLimit: number;
  formerMeanMs: number;
  /** The number of running requests that began before the trial. Their durations are ignored. */
  oldRequests: number;
}

/**
 * Lowers the limit while requests slow each other, and raises it while they do not. The limit changes only after it has
 * refused a request, because slow requests under little load are not an overload. Similar to Netflix's
 * concurrency-limits and Envoy's adaptive concurrency filter.
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { max, nowMs = () => performance.now(), takeDelayMs = () => 0 } = options;
  const min = Math.min(options.min, max);
  const quietMax = Math.max(1, Math.floor(min / 4));
  let limit = Math.min(max, min * 4);
  let underWay = 0;
  let quietTimeMs: number | undefined;
  let stuckSinceMs: number | undefined;
  let trial: Trial | undefined;
  let window = { sinceMs: nowMs(), samples: 0, sumMs: 0, mostUnderWay: 0, hasRefused: false };

  function startWindow(): void {
    window = { sinceMs: nowMs(), samples: 0, sumMs: 0, mostUnderWay: underWay, hasRefused: false };
  }

  function endWindow(): void {
    const meanMs = window.sumMs / window.samples;
    const isLate = takeDelayMs() > DELAY_MS_MAX;
    if (trial) endTrial(trial, meanMs, isLate);
    else if (window.hasRefused) adjust(meanMs, isLate);
    else if (window.mostUnderWay <= quietMax) learnQuietTime(meanMs);
    startWindow();
  }

  function learnQuietTime(meanMs: number): void {
    quietTimeMs = quietTimeMs === undefined ? meanMs : quietTimeMs * 0.7 + meanMs * 0.3;
    stuckSinceMs = undefined;
  }

  function adjust(meanMs: number, isLate: boolean): void {
    // If the quiet time is unknown, slow requests lower the limit.
    const quietMs = quietTimeMs ?? 0;
    if (!isLate && meanMs < quietMs * GROW_BELOW + SLACK_MS) {
      limit = Math.min(max, limit + Math.sqrt(limit));
      stuckSinceMs = undefined;
      return;
    }
    if (isLate || meanMs > quietMs * SHRINK_ABOVE + SLACK_MS) limit = Math.max(min, limit * 0.9);
    stuckSinceMs ??= nowMs();
    if (!isLate && limit < max && nowMs() - stuckSinceMs >= TRIAL_EVERY_MS) beginTrial(meanMs);
  }

  /**
   * Under constant load, the quiet time cannot be measured. A trial shows whether requests become slower at the doubled
   * limit.
   */
  function beginTrial(meanMs: number): void {
    trial = { formerLimit: limit, formerMeanMs: meanMs, oldRequests: underWay };
    limit = Math.min(max, limit * TRIAL_FACTOR);
  }

  function endTrial({ formerLimit, formerMeanMs }: Trial, meanMs: number, isLate: boolean): void {
    trial = undefined;
    stuckSinceMs = undefined;
    // The doubled limit refused no request, so the trial has no result. The doubled limit stays in force.
    if (!isLate && !window.hasRefused) return;
    if (isLate || meanMs > formerMeanMs * TRIAL_SLOWDOWN_MAX) limit = formerLimit;
    // The requests did not slow each other, so their duration is the quiet time.
    else quietTimeMs = meanMs;
  }

  function isWindowOver(): boolean {
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
        window.hasRefused = true;
        return false;
      }
      underWay += 1;
      if (underWay > window.mostUnderWay) window.mostUnderWay = underWay;
      return true;
    },
    leave(tookMs) {
      underWay -= 1;
      if (trial && trial.oldRequests > 0) {
        trial.oldRequests -= 1;
        if (trial.oldRequests === 0) startWindow();
        return;
      }
      if (tookMs === undefined) return;
      window.samples += 1;
      window.sumMs += tookMs;
      if (isWindowOver()) endWindow();
    },
  };
}
