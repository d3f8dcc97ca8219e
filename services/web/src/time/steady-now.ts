/** Milliseconds since the epoch. A change of the device's clock does not affect this time. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
