/** The method of the event store that deletes events. */
export interface ExpiringStore {
  /** Deletes up to `limit` events that are older than `instant`, oldest first. Returns the number of deleted events. */
  deleteBefore(instant: Date, limit: number): Promise<number>;
}

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH_MAX = 1_000;
/**
 * Largest allowed difference between the clock of this host and the clock of Redis. If the difference is larger, no
 * events are deleted, because a wrong clock can make an event look older than the event is.
 */
const clocksDifferMsMax = HOUR_MS;

/**
 * Deletes all events that are older than the retention, in batches. If the signal aborts, the function stops after the
 * current batch. Returns the number of deleted events.
 */
export async function expireEvents(
  store: ExpiringStore,
  retentionDays: number,
  { now, signal }: { now: Date; signal: AbortSignal },
): Promise<number> {
  const before = new Date(now.getTime() - retentionDays * DAY_MS);
  let deleted = 0;
  while (!signal.aborted) {
    const count = await store.deleteBefore(before, BATCH_MAX);
    deleted += count;
    if (count < BATCH_MAX) break;
  }
  return deleted;
}

export interface ExpiryOptions {
  store: ExpiringStore;
  retentionDays: number;
  /** Reads the clock of Redis, in epoch milliseconds, to detect a wrong clock (`clocksDifferMsMax`). */
  otherClockMs: () => Promise<number>;
  /** Returns true if this process must delete the old events. */
  isMine: () => boolean;
  log: {
    info(message: string, fields?: Record<string, unknown>): void;
    warn(message: string, fields?: Record<string, unknown>): void;
  };
  intervalMs?: number;
}

/** Deletes old events every hour while `isMine` returns true. `isMine` returns true in only one process. */
export function startExpiry({ store, retentionDays, otherClockMs, isMine, log, intervalMs = HOUR_MS }: ExpiryOptions) {
  const closing = new AbortController();
  let sweeping = Promise.resolve();

  async function sweep(): Promise<void> {
    if (!isMine() || closing.signal.aborted) return;
    try {
      const now = new Date();
      const aheadMs = now.getTime() - (await otherClockMs());
      if (Math.abs(aheadMs) > clocksDifferMsMax)
        throw new Error(
          `the clock of this host is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of Redis; correct the wrong clock`,
        );
      const deleted = await expireEvents(store, retentionDays, { now, signal: closing.signal });
      if (deleted > 0) log.info('old events deleted', { deleted, retentionDays });
    } catch (error) {
      log.warn('old events could not be deleted', { error });
    }
  }

  const timer = setInterval(() => (sweeping = sweeping.then(sweep)), intervalMs);
  return {
    /** Stops the deletion of old events. Resolves after the current batch. */
    async close(): Promise<void> {
      clearInterval(timer);
      closing.abort();
      await sweeping;
    },
  };
}
