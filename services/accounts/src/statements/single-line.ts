// Control characters (a tab and line breaks among them), Unicode's own line breaks, and halves of surrogate pairs.
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;

/** Free text on one line, in valid Unicode: what could break a row, a cell or an encoder becomes a space. */
export function singleLine(text: string): string {
  return text.replace(unprintable, ' ');
}
