import { describe, expect, it } from '@jest/globals';
import { readUserAgent } from './user-agent.js';

describe('readUserAgent', () => {
  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Chrome',
      'Linux',
      false,
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge',
      'Windows',
      false,
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari',
      'iPhone',
      true,
    ],
    ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox', 'Android', true],
  ])('recognises the browser and the system of %s', (userAgent, browser, system, mobile) => {
    expect(readUserAgent(userAgent)).toEqual({ browser, system, mobile });
  });

  it('returns no names for an unknown user agent', () => {
    expect(readUserAgent('')).toEqual({ mobile: false });
  });
});
