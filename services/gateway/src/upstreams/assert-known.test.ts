import { describe, expect, it, jest } from '@jest/globals';
import { assertKnown } from './assert-known.js';

/** A response for `assertKnown`. The clock of the service is `aheadS` seconds ahead. */
function reply(mark: string | undefined, aheadS = 0) {
  return {
    headers: { 'mainstay-identity': mark, date: new Date(Date.now() + aheadS * 1_000).toUTCString() },
    statusCode: 401,
    body: Buffer.from('{"detail":"why"}'),
  };
}

describe('a reply about the identity token of the gateway', () => {
  it('becomes 503 if the clocks differ, and reports the difference', async () => {
    const identityRefused = jest.fn<(refusal: string, clockOffsetS: number | undefined) => void>();
    await expect(assertKnown('accounts', reply('clock', 3_600), { identityRefused })).rejects.toMatchObject({
      code: 'unavailable',
    });
    const [[refusal, clockOffsetS] = []] = identityRefused.mock.calls;
    expect(refusal).toBe('clock');
    expect(Math.round(Number(clockOffsetS) / 60)).toBe(60);
  });

  it('becomes 500 if the keys differ, but a 401 about the caller is not changed', async () => {
    const identityRefused = jest.fn();
    await expect(assertKnown('accounts', reply('refused'), { identityRefused })).rejects.toMatchObject({
      code: 'internal',
    });
    await assertKnown('accounts', reply(undefined), { identityRefused });
    expect(identityRefused).toHaveBeenCalledTimes(1);
  });
});
