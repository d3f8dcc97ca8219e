import { describe, expect, it } from '@jest/globals';
import { createConcurrencyLimit } from './concurrency-limit.js';

/** A platform whose requests take `timeMs(underWay)`, asked for `rounds` times as much at once as the limit lets in. */
function simulate({
  min = 16,
  max = 200,
  timeMs,
}: {
  min?: number;
  max?: number;
  timeMs: (underWay: number) => number;
}) {
  let nowMs = 0;
  let delayMs = 0;
  const limit = createConcurrencyLimit({ min, max, nowMs: () => nowMs, takeDelayMs: () => delayMs });
  /** Keeps as many under way as `wanted` and the limit allow, for a while. */
  const run = (wanted: number, forMs: number) => {
    for (const endMs = nowMs + forMs; nowMs < endMs;) {
      let entered = 0;
      while (entered < wanted && limit.tryEnter(1)) entered += 1;
      const tookMs = timeMs(entered);
      nowMs += tookMs;
      for (; entered > 0; entered -= 1) limit.leave(tookMs);
    }
  };
  return { limit, run, setDelay: (ms: number) => (delayMs = ms) };
}

/** Two processors: beyond two requests at once, each waits for the others. */
const computing = (underWay: number) => 5 * Math.max(1, underWay / 2);
/** Time passes elsewhere: any number at once takes as long as one. */
const elsewhere = () => 20;

describe('createConcurrencyLimit', () => {
  it('falls to its floor where more at once only wait for each other', () => {
    const { limit, run } = simulate({ timeMs: computing });
    run(2, 2_000);
    run(1_000, 20_000);
    expect(limit.value).toBe(16);
  });

  it('rises to its ceiling where they do not', () => {
    const { limit, run } = simulate({ timeMs: elsewhere });
    run(2, 2_000);
    run(1_000, 20_000);
    expect(limit.value).toBe(200);
  });

  it('stays where it is while nobody needs more', () => {
    const { limit, run } = simulate({ timeMs: elsewhere });
    const { value } = limit;
    run(10, 60_000);
    expect(limit.value).toBe(value);
  });

  it('does not take an overload that lasts for how things are: it makes a quiet moment and looks', () => {
    const { limit, run } = simulate({ timeMs: computing });
    run(2, 2_000);
    let most = 0;
    for (let minute = 0; minute < 10; minute += 1) {
      run(1_000, 60_000);
      most = Math.max(most, limit.value);
    }
    expect(most).toBeLessThanOrEqual(20);
  });

  it('learns that requests have become slower by themselves, and gives them room again', () => {
    let eachMs = 5;
    const { limit, run } = simulate({ timeMs: () => eachMs });
    run(2, 2_000);
    eachMs = 50;
    run(1_000, 5_000);
    expect(limit.value).toBe(16);
    run(1_000, 120_000);
    expect(limit.value).toBe(200);
  });

  it('falls while the event loop is late', () => {
    const { limit, run, setDelay } = simulate({ timeMs: elsewhere });
    run(2, 2_000);
    setDelay(80);
    run(1_000, 20_000);
    expect(limit.value).toBe(16);
  });

  it('lets in no more than a share of it where asked to', () => {
    const { limit } = simulate({ min: 4, max: 4, timeMs: elsewhere });
    const entered = Array.from({ length: 5 }, () => limit.tryEnter(0.75));
    expect(entered).toEqual([true, true, true, false, false]);
    expect([limit.tryEnter(1), limit.tryEnter(1)]).toEqual([true, false]);
    limit.leave();
    expect(limit.tryEnter(1)).toBe(true);
  });
});
