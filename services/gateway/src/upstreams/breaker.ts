/**
 * A circuit breaker decides which requests the gateway sends to a replica. A replica is one address of a service. In
 * each state, the breaker allows different requests:
 * - closed: all requests
 * - open: no requests for `openMs`
 * - half-open: one request, the probe. If the probe succeeds, the breaker closes. If the probe fails, the breaker opens
 *   again.
 */
export interface Breaker {
  readonly state: 'closed' | 'half-open' | 'open';
  /** True after a failure, until `openMs` have passed or an attempt has succeeded. */
  readonly isSuspect: boolean;
  /**
   * True during a probe that began at least `2 * openMs` after the previous attempt ended. The failures are then old,
   * so the caller can send other requests during the probe.
   */
  readonly isForgotten: boolean;
  /** False while the breaker is open, and while a probe runs. */
  mayBegin(): boolean;
  begin(): Attempt;
}

/** One request to the replica. Call exactly one of the methods, once. */
export interface Attempt {
  /** The service responded, for example with 200, 404 or 500. */
  succeeded(): void;
  /** The service did not respond, or responded with 502, 503 or 504. */
  failed(options?: { timedOut?: boolean }): void;
  /** The attempt shows nothing about the service, for example because the client disconnected. */
  abandoned(): void;
}

export interface BreakerOptions {
  /** The breaker opens after this number of failures in ten seconds: see `createBreaker`. */
  failuresMax: number;
  openMs: number;
  nowMs?: () => number;
}

/** Length of a window. The breaker counts the outcomes of the current and of the previous window. */
const WINDOW_MS = 5_000;
const FAILED_SHARE_MIN = 0.5;
/** Shortest time from the start of the first failed attempt until the breaker opens. */
const SPAN_MS_MIN = 1_000;

interface Outcomes {
  sinceMs: number;
  succeeded: number;
  failed: number;
  /** Earliest start of the failed attempts in this window. Infinity if no attempt failed. */
  failingSinceMs: number;
}

/**
 * A closed breaker opens when the failures of the current and of the previous window:
 * - are at least `failuresMax`
 * - are at least half of all attempts
 * - span at least one second
 *
 * Concurrent failures count as one failure, because one crash ends all current attempts. But each timeout counts,
 * because attempts at a service that hangs are always concurrent.
 */
export function createBreaker({ failuresMax, openMs, nowMs = () => performance.now() }: BreakerOptions): Breaker {
  const none = (): Outcomes => ({ sinceMs: nowMs(), succeeded: 0, failed: 0, failingSinceMs: Infinity });
  let [previous, current] = [none(), none()];
  let lastFailureMs = -Infinity;
  let isFailing = false;
  let isOpen = false;
  let probing: Attempt | undefined;
  let lastEndedMs = -Infinity;
  let wasForgotten = false;
  let begun = 0;
  let begunAtLastFailure = 0;

  const mayProbe = (): boolean => nowMs() - lastFailureMs >= openMs;
  const turnWindow = (): void => {
    const ageMs = nowMs() - current.sinceMs;
    if (ageMs < WINDOW_MS) return;
    previous = ageMs < 2 * WINDOW_MS ? current : none();
    current = none();
  };
  const isTooMuch = (): boolean => {
    const failed = previous.failed + current.failed;
    const tried = failed + previous.succeeded + current.succeeded;
    const failingForMs = nowMs() - Math.min(previous.failingSinceMs, current.failingSinceMs);
    return failed >= failuresMax && failed >= tried * FAILED_SHARE_MIN && failingForMs >= SPAN_MS_MIN;
  };
  const fail = (beganMs: number): void => {
    current.failed += 1;
    current.failingSinceMs = Math.min(current.failingSinceMs, beganMs);
    [lastFailureMs, isFailing, begunAtLastFailure, wasForgotten] = [nowMs(), true, begun, false];
    isOpen ||= isTooMuch();
  };
  const succeed = (): void => {
    current.succeeded += 1;
    isFailing = false;
    if (isOpen) [previous, current] = [none(), none()];
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
        lastEndedMs = nowMs();
        turnWindow();
        // The outcome of a probe counts only until the breaker closes. The outcome of any other attempt counts only
        // while the breaker is closed. Otherwise, the outcome can be out of date.
        if (isProbe === isOpen) learn();
      };
      const attempt: Attempt = {
        succeeded: () => end(succeed),
        failed: ({ timedOut = false } = {}) =>
          end(() => {
            if (isProbe || timedOut || number > begunAtLastFailure) fail(beganMs);
          }),
        abandoned: () => end(() => undefined),
      };
      if (isProbe) {
        if (!probing) wasForgotten = beganMs - lastEndedMs >= 2 * openMs;
        probing = attempt;
      }
      return attempt;
    },
  };
}
