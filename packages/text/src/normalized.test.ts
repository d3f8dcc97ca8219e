import { describe, expect, it } from '@jest/globals';
import { canonicalEmail } from './email.js';
import { canonicalLine, lineProblem, shownLine } from './line.js';
import { canonicalPassword, passwordProblem, presentPasswordProblem } from './password.js';

/** Normalization sorts these marks in quadratic time. */
const marks = '\u0315\u0300'.repeat(15_000);
const long = `e\u0301${marks}`;

describe('a text that is too long for any field', () => {
  it('is not normalized by any rule', () => {
    const kept = [canonicalLine(long), shownLine(long), canonicalPassword(long), canonicalEmail(`${long}@example.com`)];
    expect(kept).toEqual([long, long, long, `${long}@example.com`]);
    const domain = `ada@${long}.example`;
    expect(canonicalEmail(domain)).toBe(domain);
  });

  it('is refused for its length', () => {
    expect(lineProblem(long, { charactersMax: 280 })).toBe('too_long');
    expect([passwordProblem(long), presentPasswordProblem(long)]).toEqual(['too_long', 'too_long']);
  });
});

it('a text of the maximum length is normalized in every form', () => {
  const letter = '\u1edb'; // three code points when it is decomposed
  expect(canonicalLine(letter.normalize('NFD').repeat(254))).toBe(letter.repeat(254));
  expect(canonicalPassword(letter.normalize('NFD').repeat(128))).toBe(letter.repeat(128));
});
