import { useCallback, useSyncExternalStore } from 'react';
import { formatCountdown } from './format-time.js';
import { steadyNow } from './steady-now.js';

const LOOK_MS = 250;

/**
 * Returns the number of whole seconds until `until`, and the same duration as text. `until` is a time on the clock of
 * `steadyNow`. After that time, the number is 0.
 */
export function useCountdown(until: number | undefined): { left: number; text: string } {
  const subscribe = useCallback(
    (changed: () => void) => every(LOOK_MS, until === undefined ? undefined : changed),
    [until],
  );
  const left = useSyncExternalStore(subscribe, () =>
    until === undefined ? 0 : Math.max(0, Math.ceil((until - steadyNow()) / 1000)),
  );
  return { left, text: formatCountdown(left) };
}

/** Returns the end of the current minute, in milliseconds since the epoch. Charts end at this time. */
export function useMinute(): number {
  // eslint-disable-next-line no-restricted-properties -- charts end at the current time of day
  return useSyncExternalStore(hearMinutes, () => (Math.floor(Date.now() / 60_000) + 1) * 60_000);
}

function hearMinutes(changed: () => void): () => void {
  return every(1_000, changed);
}

function every(ms: number, action: (() => void) | undefined): () => void {
  const timer = action && setInterval(action, ms);
  return () => clearInterval(timer);
}
