/**
 * Milliseconds since the epoch, counted from the load of the page. A change of the device's clock does not affect this
 * time, so waiting times and countdowns stay right.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
