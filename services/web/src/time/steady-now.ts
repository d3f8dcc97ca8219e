/**
 * Milliseconds since the epoch, counted from the load of the page. If a user sets the device's clock, waits and
 * countdowns do not change.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
