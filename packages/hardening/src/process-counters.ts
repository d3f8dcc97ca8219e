/** The count of a caller in its current window. */
export interface Count {
  totalHits: number;
  resetTime: Date;
}

export interface ProcessCounters {
  increment(key: string): Count;
  decrement(key: string): void;
  reset(key: string): void;
}

/** Counts in this process's memory. At `keysMax` counters, a new counter replaces the oldest counter. */
export function createProcessCounters({ windowMs, keysMax }: { windowMs: number; keysMax: number }): ProcessCounters {
  const counts = new Map<string, { totalHits: number; endsAtMs: number }>();

  /** The entries at the start of the Map are the oldest, so their windows end before all others. */
  function makeRoom(nowMs: number): void {
    for (const [key, { endsAtMs }] of counts) {
      if (endsAtMs > nowMs && counts.size < keysMax) return;
      counts.delete(key);
    }
  }

  return {
    increment(key) {
      const nowMs = performance.now();
      const current = counts.get(key);
      if (current && current.endsAtMs > nowMs) {
        current.totalHits += 1;
        return countOf(current, nowMs);
      }
      counts.delete(key);
      makeRoom(nowMs);
      const fresh = { totalHits: 1, endsAtMs: nowMs + windowMs };
      counts.set(key, fresh);
      return countOf(fresh, nowMs);
    },
    decrement(key) {
      const current = counts.get(key);
      if (current && current.totalHits > 0) current.totalHits -= 1;
    },
    reset: (key) => void counts.delete(key),
  };
}

/** express-rate-limit expects the end of a window as a time of day. */
function countOf({ totalHits, endsAtMs }: { totalHits: number; endsAtMs: number }, nowMs: number): Count {
  // eslint-disable-next-line no-restricted-properties -- this is a time of day
  return { totalHits, resetTime: new Date(Date.now() + endsAtMs - nowMs) };
}
