import { normalized } from './normalized.js';

export type LineProblem = 'empty' | 'too_long' | 'not_one_line' | 'writing_direction' | 'invisible';

/** Half of a surrogate pair. UTF-8 replaces every half by the same character, so two texts could become equal. */
const loneSurrogate = /\p{Cs}/u;
/** Control characters, such as a tab, and Unicode's own line breaks. */
const control = /[\p{Cc}\u2028\u2029]/u;
/**
 * Characters that change the direction of writing. With these characters, a screen can show the letters of a text in a
 * different order than the stored order.
 */
const writingDirection = /\p{Bidi_Control}/u;
/** A character with a visible glyph. U+2800, the Braille cell without dots, is excluded. */
const drawn = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Mark}\u2800]/u;

/** Whether every surrogate has its pair. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}

/** The number of Unicode code points: `😀` counts as 1. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

/** The canonical form of a line: trimmed, NFC. */
export function canonicalLine(text: string): string {
  return normalized(text.trim(), 'NFC');
}

/** Returns the first problem of a line, or undefined if the line is valid. */
export function lineProblem(text: string, { charactersMax }: { charactersMax: number }): LineProblem | undefined {
  const line = canonicalLine(text);
  if (line === '') return 'empty';
  if (countCharacters(line) > charactersMax) return 'too_long';
  if (!isWellFormed(line) || control.test(line)) return 'not_one_line';
  if (writingDirection.test(line)) return 'writing_direction';
  return drawn.test(line) ? undefined : 'invisible';
}

const undrawable = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;
const writingDirections = /\p{Bidi_Control}/gu;

/** Makes a stored text safe for a document, because old texts can break the current rules. */
export function shownLine(text: string): string {
  return normalized(text, 'NFC').replace(undrawable, ' ').replace(writingDirections, '');
}
