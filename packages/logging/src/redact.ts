export const REDACTED = '[redacted]';

/** Longer texts are cut: one field must not fill the log. */
const TEXT_CHARACTERS_MAX = 16_384;

/**
 * Ends of names, in lower case and without separators: `currentPassword`, `set-cookie`, `mainstay-identity`,
 * `X-Api-Key`.
 */
const secretNameEnd =
  /(password|passwd|passphrase|passwordhash|secret|secrets|token|tokens|cookie|cookies|authorization|mainstayidentity|privatekey|privatekeys|apikey|credential|credentials)$/;

const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/(Bearer)\s+[^\s"',;]+/gi, `$1 ${REDACTED}`],
  [/\b(Basic)\s+[A-Za-z0-9+/]{8,}={0,2}/g, `$1 ${REDACTED}`],
  // The session cookie's value in any place: `s:<id>.<signature>`, plain or URL-encoded.
  [/\bs(?::|%3A)[\w-]{16,}\.[\w+/%-]{20,}=*/gi, REDACTED],
  [/:\/\/([^\s:/@]*):[^\s/]+@/g, `://$1:${REDACTED}@`],
  [/\b(sid=)[^\s;"']+/gi, `$1${REDACTED}`],
  // `cookie: a=1; b=2` extends to the end of its line, `password=x` to the next separator; both may be quoted JSON.
  [/((?:cookie|authorization)\\?["']?\s{0,4}[:=]\s{0,4})(?:"(?:[^"\\]|\\.)*"?|[^\r\n"]+)/gi, `$1${REDACTED}`],
  [/((?:password|passwd|secret|token)\\?["']?\s{0,4}[:=]\s{0,4})(?:"(?:[^"\\]|\\.)*"?|[^\s,;&}"]+)/gi, `$1${REDACTED}`],
];

/**
 * Words that dots join. Each is checked once. A pattern beginning with `eyJ` would be tried from every `eyJ` of a
 * text to its end, which is quadratic for a text full of them.
 */
const dottedWords = /[\w-]+(?:\.[\w-]+)*/g;

/**
 * Digits of a card, in a row or in groups, and not part of a longer word such as an id, a position or a version. 14
 * to 19 of them, so that a time in milliseconds does not match.
 */
const cardForm = /(?<![\w.-])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{2,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)/g;
/** First digits of Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay and Maestro. */
const cardBeginning = /^(?:4|5[0-8]|2[2-7]|3[4-8]|30|6)/;

/**
 * Every text with any of these shapes matches this. Most texts do not, such as route patterns, and need only this
 * check.
 */
const maybeSecret = /eyJ|bearer|basic|%3a|:\/\/|(?<!\/):|=|\d{4}/i;

/** Field names repeat in every line. There are few of them, unless clients choose names. */
const knownNames = new Map<string, boolean>();
const KNOWN_NAMES_MAX = 1_000;
const KNOWN_NAME_CHARACTERS_MAX = 64;

/** Whether a field, header or setting of this name contains a secret, in any spelling. */
export function isSecretName(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const isSecret = secretNameEnd.test(name.toLowerCase().replace(/[-_.\s]/g, ''));
  if (knownNames.size < KNOWN_NAMES_MAX && name.length <= KNOWN_NAME_CHARACTERS_MAX) knownNames.set(name, isSecret);
  return isSecret;
}

/** The text without anything that looks like a credential, cut at 16,384 characters. */
export function redactText(text: string): string {
  const short =
    text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}… (${text.length} characters)` : text;
  if (!maybeSecret.test(short)) return short;
  const withoutJwts = short.replace(dottedWords, withoutJwt);
  const withoutTokens = secretShapes.reduce(
    (text, [shape, replacement]) => text.replace(shape, replacement),
    withoutJwts,
  );
  return withoutTokens.replace(cardForm, (digits) => (isCard(digits) ? REDACTED : digits));
}

/**
 * Removes a JWT, complete or cut off. It begins with `eyJ`, as every JSON object in base64url does, and has at most
 * five parts.
 */
function withoutJwt(words: string): string {
  if (!words.includes('eyJ')) return words;
  const parts = words.split('.');
  const first = parts.findIndex((part, index) => isJwtBegin(part, index < parts.length - 1));
  if (first === -1) return words;
  const before = parts[first]!.slice(0, parts[first]!.indexOf('eyJ'));
  return [...parts.slice(0, first), before + REDACTED, ...parts.slice(first + 5)].join('.');
}

/**
 * Whether a JWT begins in this part. If no part follows, because the text was cut off, only a long word counts. It must
 * begin with `eyJ`, or have it after a dash.
 */
function isJwtBegin(part: string, isFollowed: boolean): boolean {
  const at = part.indexOf('eyJ');
  if (at === -1) return false;
  return isFollowed ? part.length - at >= 9 : /(?:^|-)eyJ[\w-]{20}/.test(part);
}

/** A number is a card's if its last digit is the check digit of the others (Luhn, ISO/IEC 7812-1). */
function isCard(text: string): boolean {
  if (!cardBeginning.test(text)) return false;
  const digits = [...text.replace(/[ -]/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const weighed = index % 2 === 1 ? digit * 2 : digit;
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return sum % 10 === 0;
}
