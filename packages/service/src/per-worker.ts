/** With one connection, a slow query would block the whole worker. */
const LEAST_EACH = 2;

/**
 * One worker's share of its service's total, such as connections to a store. It is at least two, but never more than
 * the total. It is rounded down, so that the shares of all workers stay within a total of two per worker or more.
 */
export function perWorker(total: number, { workers }: { workers: number }): number {
  return Math.min(total, Math.max(LEAST_EACH, Math.floor(total / workers)));
}
