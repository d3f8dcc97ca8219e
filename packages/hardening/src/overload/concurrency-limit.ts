export interface ConcurrencyLimitOptions {
  /** The limit never falls below it. A platform that is busy computing can always handle this many. */
  min: number;
  /** The limit never rises above it: memory and sockets bound it. */
  max: number;
  nowMs?: () => number;
  /** Mean delay of the event loop since the last call, in milliseconds. */
  takeDelayMs?: () => number;
}

/**
 * A limit of concurrent requests that follows the platform's current capacity. It changes only while it refuses
 * requests.
 */
export interface ConcurrencyLimit {
  readonly value: number;
  readonly underWay: number;
  /** Takes a place unless the share of the limit is used up. */
  tryEnter(share: number): boolean;
  /**
   * Returns the place. Pass `tookMs` only if that time says something about the platform: never a time that a client
   * can choose.
   */
  leave(tookMs?: number): void;
}

/** A window ends after this time with this many samples. With few samples it ends after `quietWindowMs`. */
const WINDOW_MS = 200;
const WINDOW_SAMPLES = 20;
const QUIET_WINDOW_MS = 1_000;
/** If the event loop is later than this, the process is overloaded, whatever the requests' times are. */
const DELAY_MS_MAX = 50;
/** Smaller differences in time are noise. */
const SLACK_MS = 10;
const SHRINK_AT = 3;
const GROW_BELOW = 2;
/** A limit that has refused requests this long without growing is tried at twice its value. */
const TRIAL_EVERY_MS = 30_000;
const TRIAL_FACTOR = 2;
/** If requests only wait for each other, twice as many take twice as long. Below this factor they do not wait. */
const WAITING_ABOVE = 1.4;

/**
 * Measures how long requests take at a higher limit. `old` requests entered before the trial, so their times do not
 * count.
 */
interface Trial {
  formerLimit: number;
  formerMeanMs: number;
  old: number;
}

/**
 * Follows the gradient idea of Netflix's concurrency-limits and of Envoy's adaptive concurrency filter. Time beyond
 * that of a quiet platform is waiting time. A request that would only wait is not worth admitting.
 *
 * The limit moves only in a window in which it refused requests. A load below it is never refused, however slow the
 * service is. In such a window the limit falls by a tenth if times exceed three times the quiet time or the event
 * loop is late. It rises by its square root if times are below twice the quiet time.
 *
 * The quiet time is learned with few concurrent requests. A lasting load has no such moment, and a service may have
 * become slower by itself. So a limit that refuses for 30 s without growing is doubled for one window. If requests do
 * not take longer then, they were not waiting for each other, and their time is the new quiet time. Lowering the
 * limit to find a quiet moment would refuse requests that the platform can serve.
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { max, nowMs = () => performance.now(), takeDelayMs = () => 0 } = options;
  const min = Math.min(options.min, max);
  const quiet = Math.max(1, Math.floor(min / 4));
  let limit = Math.min(max, min * 4);
  let underWay = 0;
  let quietTimeMs: number | undefined;
  /** The start of the time in which the limit has refused requests without growing and without a quiet window. */
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

  /** A platform that was never quiet has no quiet time, and counts as overloaded until a trial shows otherwise. */
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

  function beginTrial(meanMs: number): void {
    trial = { formerLimit: limit, formerMeanMs: meanMs, old: underWay };
    limit = Math.min(max, limit * TRIAL_FACTOR);
  }

  function endTrial({ formerLimit, formerMeanMs }: Trial, meanMs: number, isLate: boolean): void {
    trial = undefined;
    stuckSinceMs = undefined;
    // Too few requests filled the higher limit. Nothing is refused, and the next full window decides.
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
