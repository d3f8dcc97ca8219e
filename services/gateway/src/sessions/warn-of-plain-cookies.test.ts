import { describe, expect, it, jest } from '@jest/globals';
import type { Request } from 'express';
import { warnOfPlainCookies } from './warn-of-plain-cookies.js';

const request = (hostname: string, headers: Record<string, string> = {}) =>
  ({ hostname, get: (name: string) => headers[name], socket: { remoteAddress: '10.0.0.1' } }) as unknown as Request;

function linesOf(...requests: Request[]): string[] {
  const warn = jest.fn<(line: string) => void>();
  const tell = warnOfPlainCookies({ warn });
  for (const one of requests) tell(one);
  return warn.mock.calls.map(([line]) => line);
}

describe('a session cookie without Secure', () => {
  it('is reported if an untrusted proxy says that the client used TLS', () => {
    const lines = linesOf(request('localhost', { 'x-forwarded-proto': 'https, http' }), request('shop.example'));
    // The second request causes no warning, because the log has at most one per minute.
    expect(lines).toEqual([expect.stringContaining('TRUST_PROXY does not name this proxy')]);
  });

  it('is reported if the host is another machine, but not for localhost', () => {
    expect(linesOf(request('localhost'), request('127.0.0.1'), request('[::1]'))).toEqual([]);
    expect(linesOf(request('shop.example'))).toEqual([expect.stringContaining('over plain HTTP')]);
  });
});
