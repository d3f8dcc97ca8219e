/** Maximum length of a text that is normalized, in UTF-16 units. Every valid line, e-mail and password is shorter. */
const UNITS_MAX = 2_048;

/**
 * Normalizes a text. A text longer than UNITS_MAX is returned unchanged, because normalization can take quadratic time.
 */
export function normalized(text: string, form: 'NFC' | 'NFKC'): string {
  return text.length > UNITS_MAX ? text : text.normalize(form);
}
