import { useCallback, useSyncExternalStore } from 'react';
import { formatCountdown } from './format-time.js';
import { steadyNow } from './steady-now.js';

const LOOK_MS = 250;

/** Whole seconds left until a time by `steadyNow`, and their text; stays at 0. */
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

/**
 * The end of the present minute, in milliseconds since the epoch: exact enough for a chart, and stable for a minute.
 */
export function useMinute(): number {
  // eslint-disable-next-line no-restricted-properties -- the time of day is meant: charts end now
  return useSyncExternalStore(hearMinutes, () => (Math.floor(Date.now() / 60_000) + 1) * 60_000);
}

function hearMinutes(changed: () => void): () => void {
  return every(1_000, changed);
}

function every(ms: number, action: (() => void) | undefined): () => void {
  const timer = action && setInterval(action, ms);
  return () => clearInterval(timer);
}
