/** A random number from `min` to `max`. Random waiting times spread the retries of processes and clients. */
export function between(min: number, max: number): number {
  return min + Math.random() * (max - min);
}
