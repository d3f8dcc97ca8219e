import { describe, expect, it } from '@jest/globals';
import { createConcurrencyLimit } from './concurrency-limit.js';

/** Simulates a platform. Each of `underWay` concurrent requests takes the time that `timeMs` returns. */
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
  let refused = 0;
  const limit = createConcurrencyLimit({ min, max, nowMs: () => nowMs, takeDelayMs: () => delayMs });
  /** Tries to keep `wanted` requests in progress for `forMs` milliseconds. The limit can admit fewer requests. */
  const run = (wanted: number, forMs: number) => {
    for (const endMs = nowMs + forMs; nowMs < endMs;) {
      let entered = 0;
      while (entered < wanted && limit.tryEnter(1)) entered += 1;
      refused += wanted - entered;
      const tookMs = timeMs(entered);
      nowMs += tookMs;
      for (; entered > 0; entered -= 1) limit.leave(tookMs);
    }
  };
  const pass = (ms: number) => (nowMs += ms);
  return { limit, run, pass, refusals: () => refused, setDelay: (ms: number) => (delayMs = ms) };
}

/** Simulates a computer with two processors. More than two concurrent requests slow each other. */
const computing = (underWay: number) => 5 * Math.max(1, underWay / 2);
/** Simulates requests that wait for a different system. Concurrent requests do not slow each other. */
const elsewhere = () => 20;

describe('createConcurrencyLimit', () => {
  it('falls to its minimum if additional requests only make all requests slower', () => {
    const { limit, run } = simulate({ timeMs: computing });
    run(2, 2_000);
    run(1_000, 20_000);
    expect(limit.value).toBe(16);
  });

  it('rises to its maximum if requests do not slow each other', () => {
    const { limit, run } = simulate({ timeMs: elsewhere });
    run(2, 2_000);
    run(1_000, 20_000);
    expect(limit.value).toBe(200);
  });

  it('does not change while no request is refused', () => {
    const { limit, run } = simulate({ timeMs: elsewhere });
    const { value } = limit;
    run(10, 60_000);
    expect(limit.value).toBe(value);
  });

  it.each([
    ['24 clients of a slow service', 24, 300],
    ['60 clients of a slow service, more than the minimum', 60, 300],
    ['a single client', 1, 20],
  ])('refuses no request of a steady load below the limit for ten minutes: %s', (_, clients, eachMs) => {
    const { refusals, run } = simulate({ timeMs: () => eachMs });
    run(clients, 600_000);
    expect(refusals()).toBe(0);
  });

  it('refuses no request of a load below the limit, even if requests became slower or the platform was idle', () => {
    let eachMs = 5;
    const { refusals, run, pass } = simulate({ timeMs: () => eachMs });
    run(2, 60_000);
    eachMs = 300;
    run(60, 300_000);
    pass(120_000);
    run(60, 10_000);
    expect(refusals()).toBe(0);
  });

  it('never falls below its minimum, however long requests take', () => {
    let eachMs = 5;
    const { limit, run } = simulate({ timeMs: () => eachMs });
    run(2, 2_000);
    let least = Infinity;
    for (eachMs of [20, 500, 20, 2_000]) {
      for (let second = 0; second < 40; second += 1) {
        run(1_000, 1_000);
        least = Math.min(least, limit.value);
      }
    }
    expect(least).toBe(16);
  });

  it('finds the quiet time by a trial if the platform was never quiet', () => {
    const slow = simulate({ timeMs: () => 300 });
    slow.run(1_000, 120_000);
    expect(slow.limit.value).toBe(200);
    const busy = simulate({ timeMs: computing });
    busy.run(1_000, 120_000);
    expect(busy.limit.value).toBeLessThanOrEqual(32);
  });

  it('ignores times that a client can choose', () => {
    const { limit, run } = simulate({ timeMs: elsewhere });
    run(2, 2_000);
    const { value } = limit;
    for (let time = 0; time < 1_000; time += 1) {
      limit.tryEnter(1);
      limit.leave();
    }
    run(2, 2_000);
    expect([limit.value, limit.underWay]).toEqual([value, 0]);
  });

  it('does not learn the times of a lasting overload as normal times', () => {
    const { limit, run } = simulate({ timeMs: computing });
    run(2, 2_000);
    run(1_000, 20_000);
    const values: number[] = [];
    for (let second = 0; second < 600; second += 1) {
      run(1_000, 1_000);
      values.push(limit.value);
    }
    // The overload keeps the limit near its minimum of 16. From time to time, the limit is doubled for a short trial,
    // so 32 is allowed.
    expect(Math.max(...values)).toBeLessThanOrEqual(32);
    expect(values.filter((value) => value > 20).length).toBeLessThan(30);
  });

  it('rises again if requests became slower for a reason other than load', () => {
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

  it('admits no more than the requested share', () => {
    const { limit } = simulate({ min: 4, max: 4, timeMs: elsewhere });
    const entered = Array.from({ length: 5 }, () => limit.tryEnter(0.75));
    expect(entered).toEqual([true, true, true, false, false]);
    expect([limit.tryEnter(1), limit.tryEnter(1)]).toEqual([true, false]);
    limit.leave();
    expect(limit.tryEnter(1)).toBe(true);
  });
});
