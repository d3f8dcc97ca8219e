/** What a counter says of its window in progress. */
export interface Count {
  totalHits: number;
  resetTime: Date;
}

export interface ProcessCounters {
  increment(key: string): Count;
  decrement(key: string): void;
  reset(key: string): void;
}

/**
 * Counters of fixed windows in this process's memory, at most `keysMax` of them. Where a new one finds no room, the one whose window began first is
 * forgotten: to win a fresh window that way takes `keysMax` other addresses, and who has those needs none.
 */
export function createProcessCounters({ windowMs, keysMax }: { windowMs: number; keysMax: number }): ProcessCounters {
  const counts = new Map<string, Count>();

  /** All windows are equally long and a map keeps its order, so those that began first, and end first, stand first. */
  function makeRoom(now: number): void {
    for (const [key, { resetTime }] of counts) {
      if (resetTime.getTime() > now && counts.size < keysMax) return;
      counts.delete(key);
    }
  }

  return {
    increment(key) {
      const now = Date.now();
      const current = counts.get(key);
      if (current && current.resetTime.getTime() > now) {
        current.totalHits += 1;
        return { ...current };
      }
      counts.delete(key);
      makeRoom(now);
      const fresh = { totalHits: 1, resetTime: new Date(now + windowMs) };
      counts.set(key, fresh);
      return { ...fresh };
    },
    decrement(key) {
      const current = counts.get(key);
      if (current && current.totalHits > 0) current.totalHits -= 1;
    },
    reset: (key) => void counts.delete(key),
  };
}
