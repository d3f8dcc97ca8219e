/** Reports the outcome of one attempt, once. Only outcomes that the service caused count. */
export interface Attempt {
  /** The service answered, with any status. */
  succeeded(): void;
  /** It did not answer. `waited`: the attempt timed out. Such failures each count, even if they are concurrent. */
  failed(options?: { waited?: boolean }): void;
  /** The caller left, or the gateway refused the request: the outcome says nothing about the service. */
  abandoned(): void;
}

export interface Breaker {
  readonly state: 'closed' | 'half-open' | 'open';
  /** Whether the last outcome was a failure less than `openMs` ago. */
  readonly isSuspect: boolean;
  /** Whether there were no attempts for a while before the current probe, so that the last failure is old. */
  readonly isForgotten: boolean;
  /** False while open, and while the one probe of a half-open breaker is in progress. */
  mayBegin(): boolean;
  begin(): Attempt;
}

export interface BreakerOptions {
  /** Failures within ten seconds that open it, if they are at least half of all attempts and span a second or more. */
  failuresMax: number;
  /** How long it stays open before one request may try again. */
  openMs: number;
  nowMs?: () => number;
}

/** The breaker remembers outcomes for one to two times this long. */
const HALF_WINDOW_MS = 5_000;
const FAILED_SHARE_MIN = 0.5;
/** Shortest span of failures, from the start of the first failed attempt to the end of the last one. */
const SPAN_MS_MIN = 1_000;

interface Outcomes {
  sinceMs: number;
  succeeded: number;
  failed: number;
  /** When the first attempt that failed had begun. */
  failingSinceMs: number;
}

/**
 * Judges a service by the outcomes of all callers in the last ten seconds. It opens on `failuresMax` failures, if
 * they are at least half of all attempts and span a second or more. So a single client with many consecutive failures
 * does not open it while others succeed, nor does one bad moment.
 * A crash fails all concurrent requests at once but is one event. So a failure counts only if its attempt began after the last counted failure, or if
 * it timed out.
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
    // While it is open, only the probe can end.
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
        // Ignore attempts that began before the breaker opened, because their result is old.
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
