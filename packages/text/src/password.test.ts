import { describe, expect, it } from '@jest/globals';
import { canonicalPassword, passwordProblem, presentPasswordProblem, repeatedUnit } from './index.js';

const context = { email: 'ada.lovelace@example.com', displayName: 'Augusta Ada King' };

describe('a new password', () => {
  it.each([
    'correct horse battery',
    'a long password',
    'ada-demo-password',
    'пароль из трёх слов',
    '               x',
    '👩‍🚀 goes to the moon',
  ])('%j is accepted', (text) => {
    expect(passwordProblem(text, context)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['fourteen chars', 'too_short'],
    ['🙂'.repeat(8), 'too_short'],
    ['e\u0301'.repeat(10), 'too_short'],
    [`${'x'.repeat(128)}y`, 'too_long'],
    ['correct horse \ud800 battery', 'ill_formed'],
    ['aaaaaaaaaaaaaaa', 'repeated'],
    ['abcabcabcabcabca', 'repeated'],
    ['PassPASSpassPass', 'repeated'],
    ['xk4xk4xk4xk4xk4', 'repeated'],
    ['               ', 'repeated'],
    ['abcdefghijklmnop', 'sequence'],
    ['ponmlkjihgfedcba', 'sequence'],
    ['123456789012345', 'sequence'],
    ['1234567890123456789', 'sequence'],
    ['qwertyuiopasdfg', 'sequence'],
    ['qwertzuiopasdfgh', 'sequence'],
    ['1qaz2wsx3edc4rfv', 'sequence'],
    ['abcdefgh12345678', 'sequence'],
    ['aaaaaaaabbbbbbbb', 'sequence'],
    ['абвгдежзийклмноп', 'sequence'],
    ['mainstay'.repeat(8), 'context'],
    ['ada.lovelace@example.com', 'context'],
    ['Ada.Lovelace@Example.com', 'context'],
    ['Augusta Ada King', 'context'],
    ['augusta-ada-king', 'context'],
    ['adalovelaceadalovelace', 'context'],
  ])('%j is refused as %s', (text, expected) => {
    expect(passwordProblem(text, context)).toBe(expected);
  });

  it('may contain the user’s name or e-mail, because only the whole password is compared', () => {
    expect(passwordProblem('Ada paddles a canoe', { email: 'ada@example.com', displayName: 'Ada' })).toBeUndefined();
    expect(passwordProblem('mainstay is my anchor')).toBeUndefined();
  });

  it('has the same canonical form on every system', () => {
    expect(canonicalPassword('A\u030angstro\u0308m ﬁnds')).toBe('Ångström finds');
  });
});

describe('an existing password', () => {
  it('is compared without the rules for new passwords, up to the longest allowed length', () => {
    expect(presentPasswordProblem('short')).toBeUndefined();
    expect(presentPasswordProblem('e\u0301'.repeat(128))).toBeUndefined();
    expect(presentPasswordProblem('\ufdfa'.repeat(128))).toBeUndefined();
    expect(presentPasswordProblem('x'.repeat(129))).toBe('too_long');
    expect(presentPasswordProblem('x\ud800')).toBe('ill_formed');
    expect(presentPasswordProblem('')).toBe('empty');
  });
});

describe('repeatedUnit', () => {
  it.each([
    ['abcabc', 'abc'],
    ['abcabca', 'abc'],
    ['aaaa', 'a'],
    ['abcab', undefined],
    ['', undefined],
  ])('of %j is %j', (text, expected) => {
    expect(repeatedUnit(text)).toBe(expected);
  });
});
