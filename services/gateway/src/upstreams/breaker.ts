/** How an attempt ended, told once. What it says of the service decides, not what it meant for the caller. */
export interface Attempt {
  /** The service answered, whatever it said. */
  succeeded(): void;
  /** It did not. `waited`: the attempt waited for its time to run out, so that each one is news of its own. */
  failed(options?: { waited?: boolean }): void;
  /** The caller left, or was refused on this side: nothing was learned. */
  abandoned(): void;
}

export interface Breaker {
  readonly state: 'closed' | 'half-open' | 'open';
  /** A failure was the last news, less than `openMs` ago. */
  readonly isSuspect: boolean;
  /** Nobody had tried for a while when the probe that is under way began: its last failure is old news. */
  readonly isForgotten: boolean;
  /** False while open, and while the one probe of a half-open breaker is under way. */
  mayBegin(): boolean;
  begin(): Attempt;
}

export interface BreakerOptions {
  /** Failures within ten seconds that open it, where they are at least half of what was tried and span a second or more. */
  failuresMax: number;
  /** How long it stays open before one request may try again. */
  openMs: number;
  nowMs?: () => number;
}

/** The breaker remembers between one and two of these. */
const halfWindowMs = 5_000;
const failedShareMin = 0.5;
/** From the begin of the first failed attempt to the end of the last one. */
const spanMsMin = 1_000;

interface Outcomes {
  sinceMs: number;
  succeeded: number;
  failed: number;
  /** When the first attempt that failed had begun. */
  failingSinceMs: number;
}

/**
 * Judges a service by what all of its callers met in the last ten seconds: it opens on `failuresMax` failures, where they are at least half of what was tried and span a
 * second or more. A single client that fails many times in a row among others that succeed does not open it, nor does one bad moment.
 *
 * A service that dies fails everything that is under way at once, which is one piece of news and not many: a failure counts only for an attempt that began after the last
 * one that counted, unless it waited its time out.
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
    if (ageMs < halfWindowMs) return;
    before = ageMs < 2 * halfWindowMs ? now : none();
    now = none();
  };
  const isTooMuch = (): boolean => {
    const failed = before.failed + now.failed;
    const tried = failed + before.succeeded + now.succeeded;
    const failingForMs = nowMs() - Math.min(before.failingSinceMs, now.failingSinceMs);
    return failed >= failuresMax && failed >= tried * failedShareMin && failingForMs >= spanMsMin;
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
    // Only a probe ends while it is open.
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
        // What began before it opened is old news by the time it ends.
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
