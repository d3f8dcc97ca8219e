import { describe, expect, it } from '@jest/globals';
import { apiErrorOf, isPassing, retryTime } from './api-error.js';

const reply = (status: number, headers: Record<string, string> = {}) => ({ status, headers: new Headers(headers) });

describe('apiErrorOf', () => {
  it('keeps what a problem says', () => {
    const body = { code: 'insufficient_funds', status: 409, requestId: 'r1', detail: 'The money is not there.' };
    expect(apiErrorOf(reply(409), body)).toMatchObject({ code: 'insufficient_funds', status: 409, requestId: 'r1' });
  });

  it("tells a proxy's page by its status", () => {
    expect(apiErrorOf(reply(502), '<html>').code).toBe('unavailable');
    expect(apiErrorOf(reply(504), undefined).code).toBe('deadline_exceeded');
    expect(apiErrorOf(reply(418), undefined).code).toBe('invalid_request');
  });

  it('knows when to ask again, and whether to', () => {
    const limited = apiErrorOf(reply(429, { 'retry-after': '7' }), undefined, 1_000);
    expect([limited.retryAt, isPassing(limited)]).toEqual([8_000, true]);
    expect(isPassing(apiErrorOf(reply(404), undefined))).toBe(false);
  });
});

describe('retryTime', () => {
  it('reads seconds, a date, and nothing', () => {
    expect(retryTime('2', 500)).toBe(2_500);
    expect(retryTime('Thu, 01 Jan 1970 00:00:09 GMT', 0)).toBe(9_000);
    expect(retryTime('soon', 0)).toBeUndefined();
    expect(retryTime(null, 0)).toBeUndefined();
  });
});
