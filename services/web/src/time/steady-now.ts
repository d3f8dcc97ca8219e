/**
 * Milliseconds since the epoch, as of the page's load. Setting the device's clock afterwards does not change waits
 * and countdowns.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
