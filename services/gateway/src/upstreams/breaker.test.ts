import { describe, expect, it } from '@jest/globals';
import { createBreaker } from './breaker.js';

let nowMs = 0;
const openBreaker = (failuresMax = 3) => createBreaker({ failuresMax, openMs: 1000, nowMs: () => nowMs });
type Breaker = ReturnType<typeof openBreaker>;
const failTimes = (breaker: Breaker, times: number, apartMs = 500) => {
  for (let time = 0; time < times; time += 1) {
    breaker.begin().failed();
    nowMs += apartMs;
  }
};
const opened = () => {
  const breaker = openBreaker();
  failTimes(breaker, 2);
  breaker.begin().failed();
  return breaker;
};

describe('the circuit breaker', () => {
  it('opens after `failuresMax` failures in more than a second, but not after fewer failures', () => {
    const breaker = openBreaker();
    failTimes(breaker, 2);
    breaker.begin().abandoned();
    expect([breaker.state, breaker.mayBegin()]).toEqual(['closed', true]);
    breaker.begin().failed();
    expect([breaker.state, breaker.mayBegin()]).toEqual(['open', false]);
  });

  it('stays closed if all failures happen within less than a second', () => {
    const breaker = openBreaker();
    failTimes(breaker, 100, 1);
    expect(breaker.state).toBe('closed');
  });

  it('stays closed if one client fails repeatedly while other clients succeed', () => {
    const breaker = openBreaker();
    for (let time = 0; time < 200; time += 1) {
      breaker.begin().failed({ timedOut: true });
      breaker.begin().succeeded();
      breaker.begin().succeeded();
      nowMs += 100;
    }
    expect(breaker.state).toBe('closed');
  });

  it('stays closed if fewer than `failuresMax` failures happen in ten seconds', () => {
    const breaker = openBreaker();
    failTimes(breaker, 20, 6_000);
    expect(breaker.state).toBe('closed');
  });

  it('allows one probe at a time: a success closes the breaker, a failure opens it again', () => {
    const breaker = opened();
    nowMs += 1000;
    expect([breaker.state, breaker.mayBegin()]).toEqual(['half-open', true]);
    const probe = breaker.begin();
    expect([breaker.state, breaker.mayBegin()]).toEqual(['half-open', false]);
    probe.failed();
    expect([breaker.state, breaker.mayBegin()]).toEqual(['open', false]);
    nowMs += 1000;
    breaker.begin().abandoned();
    expect([breaker.state, breaker.mayBegin()]).toEqual(['half-open', true]);
    breaker.begin().succeeded();
    expect([breaker.state, breaker.mayBegin()]).toEqual(['closed', true]);
    breaker.begin().failed();
    expect(breaker.state).toBe('closed');
  });

  it('sets `isForgotten` during a probe that began long after the last attempt, until the probe fails', () => {
    const breaker = opened();
    nowMs += 1_000;
    const soon = breaker.begin();
    expect(breaker.isForgotten).toBe(false);
    soon.failed();
    nowMs += 2_000;
    const [first, second] = [breaker.begin(), breaker.begin()];
    expect(breaker.isForgotten).toBe(true);
    first.failed();
    expect([breaker.isForgotten, breaker.mayBegin()]).toEqual([false, false]);
    second.failed();
    expect(breaker.state).toBe('open');
    nowMs += 1_000;
    // `isForgotten` requires two seconds without an attempt. The abandoned probe is an attempt, and only one second
    // passes until the next probe.
    breaker.begin().abandoned();
    nowMs += 1_000;
    breaker.begin();
    expect(breaker.isForgotten).toBe(false);
  });

  it('counts concurrent failures as one failure, but counts each attempt that timed out', () => {
    const together = openBreaker();
    const attempts = Array.from({ length: 50 }, () => together.begin());
    nowMs += 2_000;
    for (const attempt of attempts) attempt.failed();
    expect(together.state).toBe('closed');
    const waiting = openBreaker();
    const waited = Array.from({ length: 3 }, () => waiting.begin());
    nowMs += 2_000;
    for (const attempt of waited) attempt.failed({ timedOut: true });
    expect(waiting.state).toBe('open');
  });

  it('ignores attempts that began before it opened', () => {
    const breaker = openBreaker();
    const old = breaker.begin();
    failTimes(breaker, 2);
    breaker.begin().failed();
    old.succeeded();
    expect(breaker.state).toBe('open');
  });

  it('sets `isSuspect` for `openMs` after a failure', () => {
    const breaker = openBreaker();
    breaker.begin().failed();
    expect(breaker.isSuspect).toBe(true);
    nowMs += 1000;
    expect(breaker.isSuspect).toBe(false);
  });
});
