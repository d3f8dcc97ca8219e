/** Above what any allowed text needs: 254 characters of at most four code points each, in UTF-16. */
const UNITS_MAX = 2_048;

/**
 * The text in a normalization form. A text that is too long for any field is returned unchanged, and is refused later
 * for its length: the time of normalization grows with the square of a run of combining marks (one second for 60 KB).
 */
export function normalized(text: string, form: 'NFC' | 'NFKC'): string {
  return text.length > UNITS_MAX ? text : text.normalize(form);
}
