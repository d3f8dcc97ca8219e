/**
 * The maximum length of a text to normalize, in UTF-16 units. It is longer than any allowed text: 254 characters of at
 * most four code points each.
 */
const UNITS_MAX = 2_048;

/**
 * The text in a normalization form. Text that is too long for any field is returned unchanged, because validation
 * refuses it later. The time of normalization grows with the square of the length of a run of combining marks (one
 * second for 60 KB).
 */
export function normalized(text: string, form: 'NFC' | 'NFKC'): string {
  return text.length > UNITS_MAX ? text : text.normalize(form);
}
