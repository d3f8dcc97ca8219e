/** The minimum share of a worker. With one connection, a slow query would block the whole worker. */
const LEAST_EACH = 2;

/** Returns one worker's share, rounded down: total 20, workers 3 → 6. The minimum is 2: total 4, workers 8 → 2. */
export function perWorker(total: number, { workers }: { workers: number }): number {
  return Math.min(total, Math.max(LEAST_EACH, Math.floor(total / workers)));
}
