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
  /** False while open, and while the one probe of a half-open breaker is under way. */
  mayBegin(): boolean;
  begin(): Attempt;
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  failuresMax: number;
  /** How long it stays open before one request may try again. */
  openMs: number;
  nowMs?: () => number;
}

/**
 * Counts failures in a row. A service that dies fails everything that is under way at once, which is one piece of news and not many: a
 * failure counts only for an attempt that began after the last one that counted, unless it waited its time out.
 */
export function createBreaker({ failuresMax, openMs, nowMs = () => performance.now() }: BreakerOptions): Breaker {
  let failures = 0;
  let lastFailureMs = -Infinity;
  let isOpen = false;
  let probing: Attempt | undefined;
  let begun = 0;
  let begunAtLastFailure = 0;

  const mayProbe = (): boolean => nowMs() - lastFailureMs >= openMs;
  const fail = (): void => {
    failures += 1;
    lastFailureMs = nowMs();
    begunAtLastFailure = begun;
    isOpen ||= failures >= failuresMax;
  };

  return {
    get state() {
      if (!isOpen) return 'closed';
      return probing || mayProbe() ? 'half-open' : 'open';
    },
    get isSuspect() {
      return failures > 0 && nowMs() - lastFailureMs < openMs;
    },
    mayBegin: () => !isOpen || (!probing && mayProbe()),
    begin() {
      const isProbe = isOpen;
      const number = (begun += 1);
      const end = (learn: () => void): void => {
        if (isProbe && probing === attempt) probing = undefined;
        // What began before it opened is old news by the time it ends.
        if (isProbe === isOpen) learn();
      };
      const attempt: Attempt = {
        succeeded: () =>
          end(() => {
            failures = 0;
            isOpen = false;
          }),
        failed: ({ waited = false } = {}) =>
          end(() => {
            if (isProbe || waited || number > begunAtLastFailure) fail();
          }),
        abandoned: () => end(() => undefined),
      };
      if (isProbe) probing = attempt;
      return attempt;
    },
  };
}
