import { describe, expect, it, jest } from '@jest/globals';
import type { Passwords } from '../domain/user.js';
import { boundPasswords } from './bounded-passwords.js';

/** Hashing that ends when the test calls the functions in `ends`. */
function heldPasswords() {
  const ends: (() => void)[] = [];
  const passwords: Passwords = {
    hash: (password) => new Promise((resolve) => ends.push(() => resolve({ hash: password }))),
    verify: () => Promise.resolve(true),
    verifyNothing: () => Promise.resolve(false),
  };
  return { passwords, ends };
}

describe('boundPasswords', () => {
  it('hashes one password per core, queues one more, and refuses the next with Retry-After', async () => {
    const { passwords, ends } = heldPasswords();
    const onRefused = jest.fn();
    const bounded = boundPasswords(passwords, { cores: 2, queueMax: 1, onRefused });
    const hashes = ['a', 'b', 'c'].map((password) => bounded.hash(password));
    await expect(bounded.verifyNothing('d')).rejects.toMatchObject({
      code: 'unavailable',
      headers: { 'retry-after': '1' },
    });
    expect([ends.length, onRefused.mock.calls.length]).toEqual([2, 1]);
    ends[0]?.();
    await hashes[0];
    await new Promise(setImmediate);
    expect(ends).toHaveLength(3);
    for (const end of ends) end();
    expect(await Promise.all(hashes)).toEqual([{ hash: 'a' }, { hash: 'b' }, { hash: 'c' }]);
    expect(await bounded.verifyNothing('e')).toBe(false);
  });

  it('checks the next password after a failure', async () => {
    const { passwords } = heldPasswords();
    const failing = { ...passwords, verify: () => Promise.reject(new Error('out of memory')) };
    const bounded = boundPasswords(failing, { cores: 1, queueMax: 1 });
    await expect(bounded.verify({ hash: '' }, 'a')).rejects.toThrow('out of memory');
    expect(await bounded.verifyNothing('b')).toBe(false);
  });

  it('pauses after each hash for as long as the hash took, if the limit is half a core', async () => {
    jest.useFakeTimers();
    try {
      const bounded = boundPasswords(
        {
          ...heldPasswords().passwords,
          verifyNothing: () => new Promise((resolve) => setTimeout(() => resolve(false), 40)),
        },
        { cores: 0.5, queueMax: 10 },
      );
      const ended: number[] = [];
      const beganMs = performance.now();
      const all = Promise.all(
        ['a', 'b', 'c'].map(async (password) => {
          await bounded.verifyNothing(password);
          ended.push(performance.now() - beganMs);
        }),
      );
      await jest.runAllTimersAsync();
      await all;
      expect(ended).toEqual([40, 120, 200]);
    } finally {
      jest.useRealTimers();
    }
  });
});
