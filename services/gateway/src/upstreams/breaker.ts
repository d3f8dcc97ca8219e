/** Reports the outcome of one attempt. Call exactly one of the methods, once. */
export interface Attempt {
  /** The service responded, for example with 200, 404 or 500. */
  succeeded(): void;
  /** The service did not respond, or responded with 502, 503 or 504. `waited`: the attempt timed out. */
  failed(options?: { waited?: boolean }): void;
  /** The client disconnected, or the gateway refused the request. The outcome says nothing about the service. */
  abandoned(): void;
}

export interface Breaker {
  readonly state: 'closed' | 'half-open' | 'open';
  /** True if the last outcome was a failure less than `openMs` ago. */
  readonly isSuspect: boolean;
  /** True if the current probe began at least `2 * openMs` after the last attempt, so the recorded failures are old. */
  readonly isForgotten: boolean;
  /** False while the breaker is open, and while the probe of a half-open breaker runs. */
  mayBegin(): boolean;
  begin(): Attempt;
}

export interface BreakerOptions {
  /** The breaker opens after this number of failures in ten seconds: see `createBreaker`. */
  failuresMax: number;
  /** How long the breaker stays open before one request (the probe) tries again. */
  openMs: number;
  nowMs?: () => number;
}

/** Every five seconds, the breaker drops its older outcomes, so it remembers an outcome for 5 to 10 seconds. */
const HALF_WINDOW_MS = 5_000;
const FAILED_SHARE_MIN = 0.5;
/** Shortest time from the first failed attempt to the failure that opens the breaker. */
const SPAN_MS_MIN = 1_000;

interface Outcomes {
  sinceMs: number;
  succeeded: number;
  failed: number;
  /** Start of the first attempt that failed. */
  failingSinceMs: number;
}

/**
 * A circuit breaker. It opens if the failures of the last ten seconds:
 * - are at least `failuresMax`
 * - are at least half of all attempts
 * - span at least one second
 *
 * Concurrent failures count as one failure, because a crash fails all concurrent requests. But each timeout counts,
 * because requests to a service that hangs are always concurrent.
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
