import { describe, expect, it, jest } from '@jest/globals';
import { steadyNow } from '../time/steady-now.js';
import { apiErrorOf, isPassing, retryTime } from './api-error.js';

const reply = (status: number, headers: Record<string, string> = {}) => ({ status, headers: new Headers(headers) });

describe('apiErrorOf', () => {
  it('copies the code, the status and the request id from a problem response', () => {
    const body = { code: 'insufficient_funds', status: 409, requestId: 'r1', detail: 'The money is not there.' };
    expect(apiErrorOf(reply(409), body)).toMatchObject({ code: 'insufficient_funds', status: 409, requestId: 'r1' });
  });

  it('derives the code from the status if a proxy responds with HTML', () => {
    expect(apiErrorOf(reply(502), '<html>').code).toBe('unavailable');
    expect(apiErrorOf(reply(504), undefined).code).toBe('deadline_exceeded');
    expect(apiErrorOf(reply(418), undefined).code).toBe('invalid_request');
  });

  it('reports when a retry is useful, and which errors allow a retry', () => {
    const limited = apiErrorOf(reply(429, { 'retry-after': '7' }), undefined, 1_000);
    expect([limited.retryAt, isPassing(limited)]).toEqual([8_000, true]);
    expect(isPassing(apiErrorOf(reply(404), undefined))).toBe(false);
  });

  it('measures the retry time with a steady clock, because a user can set back the time of day', () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
    const now = steadyNow();
    expect(apiErrorOf(reply(429, { 'retry-after': '7' }), undefined).retryAt).toBeGreaterThanOrEqual(now + 7_000);
    clock.mockRestore();
  });
});

describe('retryTime', () => {
  it('accepts seconds or a date, and returns undefined for any other text', () => {
    const read = (headers: Record<string, string>) => retryTime(new Headers(headers), 500);
    expect(read({ 'retry-after': '2' })).toBe(2_500);
    const date = 'Sun, 29 Nov 2026 09:00:00 GMT';
    expect(read({ 'retry-after': 'Sun, 29 Nov 2026 09:00:09 GMT', date })).toBe(9_500);
    expect(read({ 'retry-after': 'soon', date })).toBeUndefined();
    expect(read({})).toBeUndefined();
  });
});
