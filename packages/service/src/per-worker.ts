/** With one connection, a slow query would block the whole worker. */
const LEAST_EACH = 2;

/**
 * One worker's part of its service's total, such as connections to a store: at least two, but never more than the
 * total. Rounded down, so that the parts stay within the total if the total is two per worker or more.
 */
export function perWorker(total: number, { workers }: { workers: number }): number {
  return Math.min(total, Math.max(LEAST_EACH, Math.floor(total / workers)));
}
