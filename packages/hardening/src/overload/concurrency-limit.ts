export interface ConcurrencyLimitOptions {
  /** The limit never falls below it: what a platform carries whose time goes into computing. */
  min: number;
  /** It never rises above it: what memory and sockets allow. */
  max: number;
  nowMs?: () => number;
  /** Mean delay of the event loop since the last call, in milliseconds. */
  takeDelayMs?: () => number;
}

/** A limit of requests under way that follows what the platform can do now. */
export interface ConcurrencyLimit {
  readonly value: number;
  readonly underWay: number;
  /** Takes a place unless the share of the limit is used up. */
  tryEnter(share: number): boolean;
  /** Gives the place back. `tookMs` where the time it took says something about the platform. */
  leave(tookMs?: number): void;
}

/** A window ends when it is this long and has this many samples, and with few samples after a second. */
const windowMs = 200;
const windowSamples = 20;
const quietWindowMs = 1_000;
/** A loop that is later than this has more to do than it can, whatever the requests' own times say. */
const delayMsMax = 50;
/** Times below this differ by chance. */
const slackMs = 10;
const shrinkAt = 3;
const growBelow = 2;
/** After so long without a quiet moment one is made. */
const probeEveryMs = 30_000;

/**
 * The gradient idea of Netflix's concurrency-limits and of Envoy's adaptive concurrency filter: what requests take beyond what they take on a quiet platform is
 * time spent waiting, and whoever waits need not have been let in. Where times are above three times the quiet ones, or the event loop is late, the limit falls by
 * a tenth; where they are below twice and the limit was in the way, it rises by its root. The quiet time is learned when few are under way; if that never happens, the limit
 * is lowered for one window every 30 s, since under a load that lasts any other baseline would drift upwards with what it is to hold down.
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { max, nowMs = () => performance.now(), takeDelayMs = () => 0 } = options;
  const min = Math.min(options.min, max);
  const quiet = Math.max(1, Math.floor(min / 4));
  let limit = Math.min(max, min * 4);
  let underWay = 0;
  let quietTimeMs: number | undefined;
  let lastQuietMs = nowMs();
  let isProbing = false;
  let window = { sinceMs: nowMs(), samples: 0, sumMs: 0, mostUnderWay: 0, wasFull: false };

  function startWindow(): void {
    window = { sinceMs: nowMs(), samples: 0, sumMs: 0, mostUnderWay: underWay, wasFull: false };
  }

  function endWindow(): void {
    const meanMs = window.sumMs / window.samples;
    const delayMs = takeDelayMs();
    if (window.mostUnderWay <= quiet) {
      quietTimeMs = quietTimeMs === undefined ? meanMs : quietTimeMs * 0.7 + meanMs * 0.3;
      lastQuietMs = nowMs();
      isProbing = false;
    } else if (quietTimeMs !== undefined) {
      adjust(meanMs, delayMs, quietTimeMs);
    }
    if (nowMs() - lastQuietMs > probeEveryMs) isProbing = true;
    startWindow();
  }

  function adjust(meanMs: number, delayMs: number, quietMs: number): void {
    if (delayMs > delayMsMax || meanMs > quietMs * shrinkAt + slackMs) limit = Math.max(min, limit * 0.9);
    else if (window.wasFull && meanMs < quietMs * growBelow + slackMs) limit = Math.min(max, limit + Math.sqrt(limit));
  }

  function isOver(): boolean {
    const lastedMs = nowMs() - window.sinceMs;
    return (
      lastedMs >= windowMs && (window.samples >= windowSamples || (window.samples > 0 && lastedMs >= quietWindowMs))
    );
  }

  return {
    get value() {
      return Math.floor(isProbing ? quiet : limit);
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
      if (tookMs === undefined) return;
      // A probe begins when those from before it have left.
      if (isProbing && window.mostUnderWay > quiet && underWay < quiet) return startWindow();
      window.samples += 1;
      window.sumMs += tookMs;
      if (isOver()) endWindow();
    },
  };
}
