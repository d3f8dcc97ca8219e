export const REDACTED = '[redacted]';

/** Beyond it a text is cut: one field must not fill the log. */
const TEXT_CHARACTERS_MAX = 16_384;

/** Ends of names, in lower case and without separators: `currentPassword`, `set-cookie`, `mainstay-identity`, `X-Api-Key`. */
const secretNameEnd =
  /(password|passwd|passphrase|passwordhash|secret|secrets|token|tokens|cookie|cookies|authorization|mainstayidentity|privatekey|privatekeys|apikey|credential|credentials)$/;

const secretShapes: readonly (readonly [RegExp, string])[] = [
  // A JSON object in base64url begins with `eyJ`: a JWT, whole or cut off.
  [/eyJ[\w-]{6,}(?:\.[\w-]+){1,4}|\beyJ[\w-]{20,}/g, REDACTED],
  [/(Bearer)\s+[^\s"',;]+/gi, `$1 ${REDACTED}`],
  [/\b(Basic)\s+[A-Za-z0-9+/]{8,}={0,2}/g, `$1 ${REDACTED}`],
  [/:\/\/([^\s:/@]*):[^\s/]+@/g, `://$1:${REDACTED}@`],
  [/\b(sid=)[^\s;"']+/gi, `$1${REDACTED}`],
  // `cookie: a=1; b=2` goes on to the end of its line, `password=x` to the next separator; both may be quoted JSON.
  [/((?:cookie|authorization)\\?["']?\s{0,4}[:=]\s{0,4})(?:"(?:[^"\\]|\\.)*"?|[^\r\n"]+)/gi, `$1${REDACTED}`],
  [/((?:password|passwd|secret|token)\\?["']?\s{0,4}[:=]\s{0,4})(?:"(?:[^"\\]|\\.)*"?|[^\s,;&}"]+)/gi, `$1${REDACTED}`],
];

/** Whether a field, header or setting of this name holds a secret, in any spelling. */
export function isSecretName(name: string): boolean {
  return secretNameEnd.test(name.toLowerCase().replace(/[-_.\s]/g, ''));
}

/** The text without what looks like a credential, cut at 16,384 characters. */
export function redactText(text: string): string {
  const short =
    text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}… (${text.length} characters)` : text;
  return secretShapes.reduce((redacted, [shape, replacement]) => redacted.replace(shape, replacement), short);
}
