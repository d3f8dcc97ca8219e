export interface ConcurrencyLimitOptions {
  /** Lowest value of the limit of concurrent requests. */
  min: number;
  /** Highest value of the limit of concurrent requests. The value bounds memory and sockets. */
  max: number;
  nowMs?: () => number;
  /** Returns the mean delay of the event loop since the previous call. */
  takeDelayMs?: () => number;
}

/** A limit of concurrent requests. The limit adapts to the current capacity of the platform. */
export interface ConcurrencyLimit {
  readonly value: number;
  readonly underWay: number;
  /**
   * Adds a request and returns true if the number of requests is below `share` of the limit. Otherwise returns false.
   * For example, with a limit of 100 and a share of 0.75, the 76th request gets false.
   */
  tryEnter(share: number): boolean;
  /** Removes a request. Pass the request's duration only if the duration depends on the load of the platform. */
  leave(tookMs?: number): void;
}

/**
 * The limit can change at the end of each time window. A window lasts at least WINDOW_MS, and at least until
 * WINDOW_SAMPLES durations of requests have been measured. After QUIET_WINDOW_MS, one measured duration is enough.
 */
const WINDOW_MS = 200;
const WINDOW_SAMPLES = 20;
const QUIET_WINDOW_MS = 1_000;
/** If the mean delay of the event loop exceeds this number of milliseconds, the process is overloaded. */
const DELAY_MS_MAX = 50;
/** Milliseconds that are added to both thresholds below, because a small difference between durations can be chance. */
const SLACK_MS = 10;
/**
 * The *quiet time* is the mean duration of a request while few requests run. The limit shrinks if requests take more
 * than SHRINK_ABOVE times the quiet time plus SLACK_MS. The limit grows if requests take less than GROW_BELOW times the
 * quiet time plus SLACK_MS.
 */
const SHRINK_ABOVE = 3;
const GROW_BELOW = 2;
/**
 * A *trial* doubles the limit to find out whether requests become slower. A trial begins if, for TRIAL_EVERY_MS, the
 * limit has refused requests and has not grown.
 */
const TRIAL_EVERY_MS = 30_000;
const TRIAL_FACTOR = 2;
/**
 * If requests take more than TRIAL_SLOWDOWN_MAX times as long at the doubled limit of a trial, the limit before the
 * trial is restored. The value must be lower than 2. If twice as many concurrent requests each take twice as long, the
 * throughput is the same as before the trial.
 */
const TRIAL_SLOWDOWN_MAX = 1.4;

interface Trial {
  formerLimit: number;
  formerMeanMs: number;
  /**
   * Number of requests that must end before the trial measures durations. The initial value is the number of running
   * requests, because the running requests began at the former limit.
   */
  oldRequests: number;
}

/**
 * Lowers the limit while concurrent requests slow each other, and raises the limit while requests run at normal speed.
 * The limit changes only after refusals. Without a refusal, the load is below the limit, so slow requests do not mean
 * that the limit is too high. Netflix's library `concurrency-limits` and Envoy's adaptive concurrency filter use
 * similar algorithms.
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
    // While the quiet time is unknown, 0 is used. The limit then shrinks unless requests take less than SLACK_MS.
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

  /** While the load stays high, the quiet time cannot be measured, so a trial doubles the limit instead. */
  function beginTrial(meanMs: number): void {
    trial = { formerLimit: limit, formerMeanMs: meanMs, oldRequests: underWay };
    limit = Math.min(max, limit * TRIAL_FACTOR);
  }

  function endTrial({ formerLimit, formerMeanMs }: Trial, meanMs: number, isLate: boolean): void {
    trial = undefined;
    stuckSinceMs = undefined;
    // If the doubled limit refused no request, too few requests arrived to test the doubled limit. The doubled limit
    // then stays in force, unless the event loop is late.
    if (!isLate && !window.hasRefused) return;
    if (isLate || meanMs > formerMeanMs * TRIAL_SLOWDOWN_MAX) limit = formerLimit;
    // Requests did not become slower at the doubled limit, so concurrent requests do not slow each other. Therefore
    // `meanMs` is also the mean duration under little load.
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
