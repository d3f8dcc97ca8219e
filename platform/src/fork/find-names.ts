import { forms } from './forms.ts';
import type { Spellings } from './spellings.ts';

/** One occurrence of the product's name. */
export interface Occurrence {
  index: number;
  text: string;
  /** The name of the first form in `forms` that matches the occurrence. Undefined if no form matches. */
  form: string | undefined;
  replacement: string;
}

/** The patterns of `forms` are matched against this number of characters before and after an occurrence. */
const AROUND = 80;

/** These words mean the protocol ACME, even in a fork with the name acme. */
const FOREIGN = /EDGE_ACME_ROOT|is_acme|acme-challenge|ACME(?![-\w])/g;

/** Finds each occurrence of the product's name in a text, in every spelling of `from`. */
export function findNames(text: string, from: Spellings, to: Spellings): Occurrence[] {
  const foreign = [...text.matchAll(FOREIGN)].map(({ index, 0: word }) => [index, index + word.length] as const);
  const spellings = [...new Set(Object.values(from) as string[])].sort((a, b) => b.length - a.length);
  const found = [...text.matchAll(new RegExp(spellings.join('|'), 'gi'))];
  const own = found.filter(({ index }) => !foreign.some(([start, end]) => index >= start && index < end));
  return own.map(({ index, 0: found }) => {
    const before = text.slice(Math.max(0, index - AROUND), index);
    const after = text.slice(index + found.length, index + found.length + AROUND);
    const form = forms.find(
      (each) =>
        from[each.spelling] === found && (each.before?.test(before) ?? true) && (each.after?.test(after) ?? true),
    );
    return { index, text: found, form: form?.form, replacement: form ? to[form.spelling] : found };
  });
}

/** Returns the text with every occurrence replaced. */
export function replaceNames(text: string, occurrences: Occurrence[]): string {
  let result = '';
  let done = 0;
  for (const { index, text: found, replacement } of occurrences) {
    result += text.slice(done, index) + replacement;
    done = index + found.length;
  }
  return result + text.slice(done);
}
