/** A random number between two: processes and clients that wait for it do not all return at the same time. */
export function between(min: number, max: number): number {
  return min + Math.random() * (max - min);
}
