/** The maximum length of a text to normalize, in UTF-16 units. Every allowed text is shorter. */
const UNITS_MAX = 2_048;

/** Normalizes a text. A long text is returned unchanged, because normalization can take quadratic time. */
export function normalized(text: string, form: 'NFC' | 'NFKC'): string {
  return text.length > UNITS_MAX ? text : text.normalize(form);
}
