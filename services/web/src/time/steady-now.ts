/**
 * Milliseconds since the epoch, as the page reckoned when it was loaded. Setting the device's clock afterwards moves no wait and no countdown.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
