import { forms } from './forms.ts';
import type { Spellings } from './spellings.ts';

/** One occurrence of the name. */
export interface Occurrence {
  index: number;
  text: string;
  /** Undefined if no form fits. */
  form: string | undefined;
  replacement: string;
}

/** More than the longest text that a form compares. */
const AROUND = 80;

/** Every occurrence of the name in a text, in any spelling, with the form that it has. */
export function findNames(text: string, from: Spellings, to: Spellings): Occurrence[] {
  const spellings = [...new Set(Object.values(from) as string[])].sort((a, b) => b.length - a.length);
  return [...text.matchAll(new RegExp(spellings.join('|'), 'gi'))].map(({ index, 0: found }) => {
    const before = text.slice(Math.max(0, index - AROUND), index);
    const after = text.slice(index + found.length, index + found.length + AROUND);
    const form = forms.find(
      (each) =>
        from[each.spelling] === found && (each.before?.test(before) ?? true) && (each.after?.test(after) ?? true),
    );
    return { index, text: found, form: form?.form, replacement: form ? to[form.spelling] : found };
  });
}

/** The text with every occurrence replaced. */
export function replaceNames(text: string, occurrences: Occurrence[]): string {
  let result = '';
  let done = 0;
  for (const { index, text: found, replacement } of occurrences) {
    result += text.slice(done, index) + replacement;
    done = index + found.length;
  }
  return result + text.slice(done);
}
