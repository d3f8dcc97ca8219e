/** Reports the outcome of one attempt, once. Only outcomes that the service caused count for the breaker. */
export interface Attempt {
  /** The service responded with a status other than 502, 503 and 504. */
  succeeded(): void;
  /**
   * The service did not respond, or responded with 502, 503 or 504. `waited`: the attempt timed out. Each failure with
   * `waited` counts, even if attempts were concurrent.
   */
  failed(options?: { waited?: boolean }): void;
  /** The client disconnected, or the gateway refused the request. The outcome says nothing about the service. */
  abandoned(): void;
}

export interface Breaker {
  readonly state: 'closed' | 'half-open' | 'open';
  /** True if the last outcome was a failure less than `openMs` ago. */
  readonly isSuspect: boolean;
  /** True while a probe runs that began at least `2 * openMs` after the last attempt. The last failure is then old. */
  readonly isForgotten: boolean;
  /** False while the breaker is open, and while the probe of a half-open breaker runs. */
  mayBegin(): boolean;
  begin(): Attempt;
}

export interface BreakerOptions {
  /**
   * The breaker opens after this number of failures in ten seconds. The failures must be at least half of all attempts,
   * and span a second or more.
   */
  failuresMax: number;
  /** Time for which the breaker stays open before it allows a probe: one request that tries again. */
  openMs: number;
  nowMs?: () => number;
}

/** The breaker remembers outcomes for one to two times this duration. */
const HALF_WINDOW_MS = 5_000;
const FAILED_SHARE_MIN = 0.5;
/** The breaker opens only if the first failed attempt began at least this long before the last failure. */
const SPAN_MS_MIN = 1_000;

interface Outcomes {
  sinceMs: number;
  succeeded: number;
  failed: number;
  /** Start of the first attempt that failed. */
  failingSinceMs: number;
}

/**
 * A circuit breaker. It judges a service by the outcomes of all callers in the last ten seconds. It opens after
 * `failuresMax` failures, if they are at least half of all attempts and span a second or more. So one client with many
 * failures does not open it while others succeed. Many failures in a single moment do not open it either.
 *
 * A crash of the service fails all concurrent requests, but is one event. So a failure counts only if its attempt began
 * after the last counted failure, or if the attempt timed out.
 */
export function createBreaker({ failuresMax, openMs, nowMs = () => performance.now() }: BreakerOptions): Breaker {
  const none = (): Outcomes => ({ sinceMs: nowMs(), succeeded: 0, failed: 0, failingSinceMs: Infinity });
  let [before, now] = [none(), none()];
  let lastFailureMs = -Infinity;
  let isFailing = false;
  let isOpen = false;
  let probing: Attempt | undefined;
  let lastTriedMs = -Infinity;
  let wasForgotten = false;
  let begun = 0;
  let begunAtLastFailure = 0;

  const mayProbe = (): boolean => nowMs() - lastFailureMs >= openMs;
  const turnWindow = (): void => {
    const ageMs = nowMs() - now.sinceMs;
    if (ageMs < HALF_WINDOW_MS) return;
    before = ageMs < 2 * HALF_WINDOW_MS ? now : none();
    now = none();
  };
  const isTooMuch = (): boolean => {
    const failed = before.failed + now.failed;
    const tried = failed + before.succeeded + now.succeeded;
    const failingForMs = nowMs() - Math.min(before.failingSinceMs, now.failingSinceMs);
    return failed >= failuresMax && failed >= tried * FAILED_SHARE_MIN && failingForMs >= SPAN_MS_MIN;
  };
  const fail = (beganMs: number): void => {
    now.failed += 1;
    now.failingSinceMs = Math.min(now.failingSinceMs, beganMs);
    [lastFailureMs, isFailing, begunAtLastFailure, wasForgotten] = [nowMs(), true, begun, false];
    isOpen ||= isTooMuch();
  };
  const succeed = (): void => {
    now.succeeded += 1;
    isFailing = false;
    // If a probe (one request that tries again) succeeds, the breaker closes and forgets the earlier failures.
    if (isOpen) [before, now] = [none(), none()];
    isOpen = false;
  };

  return {
    get state() {
      if (!isOpen) return 'closed';
      return probing || mayProbe() ? 'half-open' : 'open';
    },
    get isSuspect() {
      return isFailing && nowMs() - lastFailureMs < openMs;
    },
    get isForgotten() {
      return probing !== undefined && wasForgotten;
    },
    mayBegin: () => !isOpen || (!probing && mayProbe()),
    begin() {
      const isProbe = isOpen;
      const number = (begun += 1);
      const beganMs = nowMs();
      const end = (learn: () => void): void => {
        if (isProbe && probing === attempt) probing = undefined;
        lastTriedMs = nowMs();
        turnWindow();
        // Ignore attempts that began before the breaker opened or closed, because their result is old.
        if (isProbe === isOpen) learn();
      };
      const attempt: Attempt = {
        succeeded: () => end(succeed),
        failed: ({ waited = false } = {}) =>
          end(() => {
            if (isProbe || waited || number > begunAtLastFailure) fail(beganMs);
          }),
        abandoned: () => end(() => undefined),
      };
      if (isProbe) {
        if (!probing) wasForgotten = beganMs - lastTriedMs >= 2 * openMs;
        probing = attempt;
      }
      return attempt;
    },
  };
}
