/** The minimum share of a worker. With one connection, a slow query would block the whole worker. */
const LEAST_EACH = 2;

/**
 * Returns one worker's share of `total`, rounded down. The share is at least 2, unless `total` itself is lower than 2.
 * For example: total 20, workers 3 → 6. Total 4, workers 8 → 2. Total 1, workers 8 → 1.
 */
export function perWorker(total: number, { workers }: { workers: number }): number {
  return Math.min(total, Math.max(LEAST_EACH, Math.floor(total / workers)));
}
