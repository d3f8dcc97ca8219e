import { beforeEach, describe, expect, it } from '@jest/globals';
import { createPlatformClock, type PlatformClock } from './platform-now.js';

const hour = 3_600_000;
const served = Date.parse('Sun, 29 Nov 2026 12:00:00 GMT');
let wallMs: number;
let steadyMs: number;
let clock: PlatformClock;

beforeEach(() => {
  [wallMs, steadyMs] = [served + 48 * hour, 5_000];
  clock = createPlatformClock(
    () => wallMs,
    () => steadyMs,
  );
});

describe('the platform’s clock', () => {
  it('shows the time of the platform’s replies, even if the device’s clock is wrong', () => {
    expect(clock.now()).toBe(wallMs);
    clock.note('Sun, 29 Nov 2026 12:00:00 GMT');
    expect(clock.now()).toBe(served);
  });

  it('counts the time while the device sleeps, and after the device’s clock was set back', () => {
    clock.note('Sun, 29 Nov 2026 12:00:00 GMT');
    wallMs += 30 * hour; // the device sleeps
    expect(clock.now()).toBe(served + 30 * hour);
    wallMs -= 40 * hour;
    steadyMs += 31 * hour;
    expect(clock.now()).toBe(served + 31 * hour);
  });

  it('does not go back after a cached reply, and ignores an invalid date', () => {
    clock.note('Sun, 29 Nov 2026 12:00:00 GMT');
    clock.note('Sun, 29 Nov 2026 11:00:00 GMT');
    for (const date of [null, '', 'soon']) clock.note(date);
    expect(clock.now()).toBe(served);
  });
});
