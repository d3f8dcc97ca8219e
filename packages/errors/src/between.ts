/** Returns a random number from `min` to `max`, which spreads retries over time. */
export function between(min: number, max: number): number {
  return min + Math.random() * (max - min);
}
