/** Fewer would let one slow query hold up the whole worker. */
const leastEach = 2;

/**
 * One worker's part of what its service may have in all, such as connections to a store: at least two, but never more than all. Rounded down, so that
 * the parts stay within the sum wherever that is two a worker or more.
 */
export function perWorker(total: number, { workers }: { workers: number }): number {
  return Math.min(total, Math.max(leastEach, Math.floor(total / workers)));
}
