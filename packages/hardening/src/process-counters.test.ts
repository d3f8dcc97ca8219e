import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createProcessCounters } from './process-counters.js';

afterEach(() => void jest.restoreAllMocks());

describe('counters in a process', () => {
  it('start again when their window is over, and not earlier', () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
    const timeOfDay = jest.spyOn(Date, 'now').mockReturnValue(50_000);
    const counters = createProcessCounters({ windowMs: 1000, keysMax: 10 });
    counters.increment('a');
    clock.mockReturnValue(999);
    // The time of day was set back.
    timeOfDay.mockReturnValue(10_999);
    expect(counters.increment('a')).toEqual({ totalHits: 2, resetTime: new Date(11_000) });
    clock.mockReturnValue(1000);
    timeOfDay.mockReturnValue(11_000);
    expect(counters.increment('a')).toEqual({ totalHits: 1, resetTime: new Date(12_000) });
  });

  it('keep a limited number of keys, and drop the oldest window first', () => {
    jest.spyOn(performance, 'now').mockReturnValue(0);
    const counters = createProcessCounters({ windowMs: 1000, keysMax: 3 });
    for (const key of ['a', 'b', 'c', 'b', 'd']) counters.increment(key);
    expect(counters.increment('b').totalHits).toBe(3);
    expect(counters.increment('c').totalHits).toBe(2);
    expect(counters.increment('a').totalHits).toBe(1);
  });

  it('never fall below zero', () => {
    const counters = createProcessCounters({ windowMs: 1000, keysMax: 3 });
    counters.increment('a');
    for (let i = 0; i < 3; i += 1) counters.decrement('a');
    counters.decrement('unknown');
    expect(counters.increment('a').totalHits).toBe(1);
    counters.reset('a');
    expect(counters.increment('a').totalHits).toBe(1);
  });
});
