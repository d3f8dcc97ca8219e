/** The platform's clock in a reply, and the device's two clocks at that moment. */
interface Reading {
  platformMs: number;
  wallMs: number;
  steadyMs: number;
}

export interface PlatformClock {
  /** Takes the `Date` of a reply of the platform. */
  note: (date: string | null) => void;
  /** Milliseconds since the epoch. Before the first reply it is the device's time. */
  now: () => number;
}

/**
 * The platform's time of day: that of its latest reply, plus the time since then. Both clocks of the device measure
 * that time, and the larger value counts. The steady clock may stop while the device sleeps, and the wall clock may be
 * set. So a measured age may be too high, and never too low.
 */
export function createPlatformClock(wallNow: () => number, steadyNow: () => number): PlatformClock {
  let isKnown = false;
  let latest = readingOf(wallNow());

  function readingOf(platformMs: number): Reading {
    return { platformMs, wallMs: wallNow(), steadyMs: steadyNow() };
  }

  function now(): number {
    return latest.platformMs + Math.max(wallNow() - latest.wallMs, steadyNow() - latest.steadyMs);
  }

  return {
    note(date) {
      const ms = Date.parse(date ?? '');
      if (Number.isNaN(ms)) return;
      // Hosts differ by seconds, and a cache may have kept the reply: the time must not go back because of that.
      latest = readingOf(isKnown ? Math.max(ms, now()) : ms);
      isKnown = true;
    },
    now,
  };
}

const clock = createPlatformClock(
  // eslint-disable-next-line no-restricted-properties -- beside the steady clock, for the time that the device sleeps
  () => Date.now(),
  () => performance.now(),
);

export const notePlatformTime = clock.note;
export const platformNow = clock.now;
