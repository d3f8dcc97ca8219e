import { describe, expect, it } from '@jest/globals';
import { canonicalLine, countCharacters, lineProblem, shownLine } from './index.js';

const problem = (text: string) => lineProblem(text, { charactersMax: 5 });

describe('a line for people', () => {
  it('has one canonical form: trimmed, NFC', () => {
    expect(canonicalLine('  Zoe\u0308\u00a0')).toBe('Zo\u00eb');
  });

  it('is counted in code points of its canonical form', () => {
    expect(countCharacters('👩‍🚀a')).toBe(4);
    expect(problem('🙂🙂🙂🙂🙂')).toBeUndefined();
    expect(problem('🙂🙂🙂🙂🙂🙂')).toBe('too_long');
    expect(problem('e\u0301'.repeat(5))).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    [' \t ', 'empty'],
    ['a\nb', 'not_one_line'],
    ['a\u2028b', 'not_one_line'],
    ['a\u0000', 'not_one_line'],
    ['\ud800', 'not_one_line'],
    ['\udc00a', 'not_one_line'],
    ['a\u202eb', 'writing_direction'],
    ['a\u2066b', 'writing_direction'],
    ['\u200fa', 'writing_direction'],
    ['\u200b', 'invisible'],
    ['\u3164', 'invisible'],
    ['\u2800\u2800', 'invisible'],
    ['\u00ad\u2060', 'invisible'],
    ['\ufe0f', 'invisible'],
    ['\u{e0041}', 'invisible'],
    ['\u0301', 'invisible'],
  ])('%j is refused as %s', (text, expected) => {
    expect(problem(text)).toBe(expected);
  });

  it.each(['Zoë', 'می‌خواهم'.slice(0, 5), 'नमस्ते'.slice(0, 5), '👩‍🚀', '李', 'שלום', '❤️'])('%j is valid', (text) => {
    expect(problem(text)).toBeUndefined();
  });
});

describe('a stored text that a document shows', () => {
  it('is one line in canonical form, without controls of writing direction', () => {
    expect(shownLine('a\nb\u202ec\ud800 e\u0301')).toBe('a bc  \u00e9');
  });
});
