import { normalized } from './normalized.js';

export type LineProblem = 'empty' | 'too_long' | 'not_one_line' | 'writing_direction' | 'invisible';

/** Halves of surrogate pairs. In UTF-8, all become the same character, so two different texts would become equal. */
const loneSurrogate = /\p{Cs}/u;
/** Control characters (including a tab and line breaks) and Unicode's own line breaks. */
const control = /[\p{Cc}\u2028\u2029]/u;
/** Controls that reorder the following text, so that a reader sees another text than the stored text. */
const writingDirection = /\p{Bidi_Control}/u;
/** A character with a visible glyph. U+2800 is a Braille cell without dots. */
const drawn = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Mark}\u2800]/u;

/** Whether every surrogate has its pair. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}

/** The number of Unicode code points. It counts a letter outside the basic plane once. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

/** The canonical form of a line: trimmed, NFC. */
export function canonicalLine(text: string): string {
  return normalized(text.trim(), 'NFC');
}

/** The first problem with the canonical form of a line, or undefined if the line is valid. */
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

/**
 * Makes a stored text safe for a document, because an old text may break the current rules. Characters that would break
 * a row, a cell or an encoder become spaces, and controls of writing direction are removed.
 */
export function shownLine(text: string): string {
  return normalized(text, 'NFC').replace(undrawable, ' ').replace(writingDirections, '');
}
