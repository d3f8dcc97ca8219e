import { describe, expect, it } from '@jest/globals';
import { wrapText } from './wrap-text.js';

const measure = (text: string): number => Array.from(text).length;
const wrap = (text: string, width: number, linesMax = 3): string[] => wrapText(text, { width, linesMax, measure });

describe('wrapText', () => {
  it('does not change text that fits', () => {
    expect(wrap('one two', 7)).toEqual(['one two']);
    expect(wrap('  ', 7)).toEqual([]);
  });

  it('breaks at spaces', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('one two three', 6)).toEqual(['one', 'two', 'three']);
  });

  it('breaks a word that is wider than a line, never inside a surrogate pair', () => {
    expect(wrap('abcdef', 4)).toEqual(['abcd', 'ef']);
    expect(wrap('🎉🎉🎉', 2)).toEqual(['🎉🎉', '🎉']);
  });

  it('ends in an ellipsis when no line is left', () => {
    expect(wrap('one two three four', 5, 2)).toEqual(['one', 'two…']);
    expect(wrap('abcdefgh', 4, 1)).toEqual(['abc…']);
  });

  it('returns even if no character fits', () => {
    expect(wrap('abc', 0)).toHaveLength(3);
  });
});
