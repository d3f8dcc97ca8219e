import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { createSessionCookie } from './session-cookie.js';

const sign = (sid: string, secret: string) =>
  `s:${sid}.${createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')}`;
const isSigned = (cookies: string | undefined, secrets: string[]) =>
  createSessionCookie({ name: 'mainstay.sid', secrets, maxAgeMs: 1_000 }).isSigned(cookies);
const cookieOf = (sid: string, secret: string) => `mainstay.sid=${encodeURIComponent(sign(sid, secret))}`;

describe('a signed session cookie', () => {
  it('accepts a cookie that one of the secrets signed, at any position in the header', () => {
    for (let number = 0; number < 50; number += 1) {
      const cookies = `theme=dark; ${cookieOf(`sid_-${number}`, 'old')}; other=1`;
      expect(isSigned(cookies, ['new', 'old'])).toBe(true);
    }
  });

  it('has the configured name', () => {
    const named = createSessionCookie({ name: 'a.b', secrets: ['new'], maxAgeMs: 1_000 });
    const value = encodeURIComponent(named.sign('sid'));
    expect([`a.b=${value}`, `__Host-a.b=${value}`, `axb=${value}`].map(named.isSigned)).toEqual([true, true, false]);
  });

  it('refuses a missing, malformed or forged cookie', () => {
    const forged = [undefined, '', 'mainstay.sid=s%3Aabc.def', 'mainstay.sid=s%3A%ZZ.abc', cookieOf('sid', 'other')];
    expect(forged.map((cookies) => isSigned(cookies, ['new']))).toEqual(forged.map(() => false));
    expect(isSigned(cookieOf('sid', 'new').replace('sid.', 'sib.').replace('Asid', 'Asib'), ['new'])).toBe(false);
    expect(isSigned(`not${cookieOf('sid', 'new')}`, ['new'])).toBe(false);
  });
});
