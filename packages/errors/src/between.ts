/** A random number from `min` to `max`. As a waiting time, it spreads the retries of processes and clients. */
export function between(min: number, max: number): number {
  return min + Math.random() * (max - min);
}
