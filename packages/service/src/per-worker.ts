/** The minimum share of a worker. With one connection, a slow query would block the whole worker. */
const LEAST_EACH = 2;

/**
 * One worker's share of the service's total, such as connections to a store. The share is rounded down, so that the
 * shares of all workers together stay within the total. The minimum share is two, or one if the total is one. So if the
 * total is smaller than two per worker, the shares together exceed the total.
 */
export function perWorker(total: number, { workers }: { workers: number }): number {
  return Math.min(total, Math.max(LEAST_EACH, Math.floor(total / workers)));
}
