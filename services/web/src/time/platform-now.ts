interface Reading {
  platformMs: number;
  wallMs: number;
  steadyMs: number;
}

export interface PlatformClock {
  /** Sets the clock by the `Date` header of a reply. */
  note: (date: string | null) => void;
  /** Returns the platform's time in milliseconds since the epoch. Before the first reply, returns the device's time. */
  now: () => number;
}

/**
 * Shows the platform's time: the latest `Date` header plus the time since then. Two clocks measure that duration, and
 * the longer result counts, so that an expired idempotency key never seems valid.
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
      // A cache can send an old reply, so never set the clock back.
      latest = readingOf(isKnown ? Math.max(ms, now()) : ms);
      isKnown = true;
    },
    now,
  };
}

const clock = createPlatformClock(
  // eslint-disable-next-line no-restricted-properties -- the steady clock may stop while the device sleeps
  () => Date.now(),
  () => performance.now(),
);

export const notePlatformTime = clock.note;
export const platformNow = clock.now;
