/** Returns a random number from `min` to `max`, for example to spread retries over time. */
export function between(min: number, max: number): number {
  return min + Math.random() * (max - min);
}
