import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { hasSignedCookie } from './signed-cookie.js';

const sign = (sid: string, secret: string) =>
  `s:${sid}.${createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')}`;
const cookieOf = (sid: string, secret: string) => `mainstay.sid=${encodeURIComponent(sign(sid, secret))}`;

describe('hasSignedCookie', () => {
  it('knows a cookie that any of the secrets has signed, wherever it stands', () => {
    for (let number = 0; number < 50; number += 1) {
      const cookies = `theme=dark; ${cookieOf(`sid_-${number}`, 'old')}; other=1`;
      expect(hasSignedCookie(cookies, ['new', 'old'])).toBe(true);
    }
  });

  it('takes nothing else for one', () => {
    const forged = [undefined, '', 'mainstay.sid=s%3Aabc.def', 'mainstay.sid=s%3A%ZZ.abc', cookieOf('sid', 'other')];
    expect(forged.map((cookies) => hasSignedCookie(cookies, ['new']))).toEqual(forged.map(() => false));
    expect(hasSignedCookie(cookieOf('sid', 'new').replace('sid.', 'sib.').replace('Asid', 'Asib'), ['new'])).toBe(
      false,
    );
    expect(hasSignedCookie(`not${cookieOf('sid', 'new')}`, ['new'])).toBe(false);
  });
});
