import { describe, expect, it } from '@jest/globals';
import { createBreaker } from './breaker.js';

let nowMs = 0;
const openBreaker = (failuresMax = 3) => createBreaker({ failuresMax, openMs: 1000, nowMs: () => nowMs });
const failTimes = (breaker: ReturnType<typeof openBreaker>, times: number) => {
  for (let time = 0; time < times; time += 1) breaker.begin().failed();
};

describe('createBreaker', () => {
  it('opens on failures in a row, and on nothing less', () => {
    const breaker = openBreaker();
    failTimes(breaker, 2);
    breaker.begin().succeeded();
    failTimes(breaker, 2);
    breaker.begin().abandoned();
    expect([breaker.state, breaker.mayBegin()]).toEqual(['closed', true]);
    failTimes(breaker, 1);
    expect([breaker.state, breaker.mayBegin()]).toEqual(['open', false]);
  });

  it('lets one probe through at a time; a success closes it, a failure opens it again', () => {
    const breaker = openBreaker();
    failTimes(breaker, 3);
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
  });

  it('takes what dies together for one failure, but counts each attempt that waited its time out', () => {
    const together = openBreaker();
    const attempts = Array.from({ length: 50 }, () => together.begin());
    for (const attempt of attempts) attempt.failed();
    expect(together.state).toBe('closed');
    const waiting = openBreaker();
    const waited = Array.from({ length: 3 }, () => waiting.begin());
    for (const attempt of waited) attempt.failed({ waited: true });
    expect(waiting.state).toBe('open');
  });

  it('learns nothing, once open, from what began before', () => {
    const breaker = openBreaker();
    const old = breaker.begin();
    failTimes(breaker, 3);
    old.succeeded();
    expect(breaker.state).toBe('open');
  });

  it('is suspect for a while after a failure', () => {
    const breaker = openBreaker();
    failTimes(breaker, 1);
    expect(breaker.isSuspect).toBe(true);
    nowMs += 1000;
    expect(breaker.isSuspect).toBe(false);
  });
});
