export const REDACTED = '[redacted]';

/** Maximum length of a text. Longer texts are cut, so that one field cannot fill the log. */
const TEXT_CHARACTERS_MAX = 16_384;

/**
 * Matches a field name that ends with a word for a secret. The name must be in lower case, without spaces, `-`, `_` and
 * `.`. So `isSecretName` first converts the name, for example `X-Api-Key` to `xapikey`.
 */
const secretNameEnd =
  /(password|passwd|passphrase|passwordhash|secret|secrets|token|tokens|cookie|cookies|authorization|mainstayidentity|privatekey|privatekeys|apikey|credential|credentials)$/;

const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/(Bearer)\s+[^\s"',;]+/gi, `$1 ${REDACTED}`],
  [/\b(Basic)\s+[A-Za-z0-9+/]{8,}={0,2}/g, `$1 ${REDACTED}`],
  // The value of the session cookie: `s:<id>.<signature>`, plain or URL-encoded.
  [/\bs(?::|%3A)[\w-]{16,}\.[\w+/%-]{20,}=*/gi, REDACTED],
  [/:\/\/([^\s:/@]*):[^\s/]+@/g, `://$1:${REDACTED}@`],
  [/\b(sid=)[^\s;"']+/gi, `$1${REDACTED}`],
  // Redacts a quoted value, or the text up to `"` or the end of the line, because a header can contain several values,
  // for example `cookie: a=1; b=2`.
  [/((?:cookie|authorization)\\?["']?\s{0,4}[:=]\s{0,4})(?:"(?:[^"\\]|\\.)*"?|[^\r\n"]+)/gi, `$1${REDACTED}`],
  [/((?:password|passwd|secret|token)\\?["']?\s{0,4}[:=]\s{0,4})(?:"(?:[^"\\]|\\.)*"?|[^\s,;&}"]+)/gi, `$1${REDACTED}`],
];

/**
 * Matches words that are joined by dots, for example a JWT. A JWT begins with `eyJ`, but this pattern does not require
 * `eyJ`. Otherwise a text with many `eyJ` would need quadratic time, because the search would scan the rest of the text
 * from each `eyJ`.
 */
const dottedWords = /[\w-]+(?:\.[\w-]+)*/g;

/** Matches 17 to 19 digits in five groups, for example `6222 0212 3456 7890 128` on a UnionPay card. */
const cardInFiveGroups = /(?<![\w.-])\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{1,3}(?![\w-]|\.\d)/g;
/**
 * Matches 14 to 19 digits, for example `4111 1111 1111 1111`. A time in milliseconds has 13 digits and does not match.
 */
const cardForm = /(?<![\w.-])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{2,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)/g;
/**
 * The first digits of Visa, Mastercard, Mir, Amex, Diners, JCB, Discover, UnionPay, Maestro, RuPay and Troy cards. UATP
 * cards begin with 1, but times in microseconds do too, so UATP cards are not redacted.
 */
const cardBeginning = /^(?:4|5|2[2-7]|3[04-9]|6|8[12]|9792)/;

/** A fast check before the slower patterns: a text that does not match this pattern contains no secret. */
const maybeSecret = /eyJ|bearer|basic|%3a|:\/\/|(?<!\/):|=|\d{4}/i;

/** A cache of the results of `isSecretName`. Clients can choose field names, so the size of the cache is limited. */
const knownNames = new Map<string, boolean>();
const KNOWN_NAMES_MAX = 1_000;
const KNOWN_NAME_CHARACTERS_MAX = 64;

/** Returns whether a field of this name contains a secret. Ignores case, spaces, `-`, `_` and `.` in the name. */
export function isSecretName(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const isSecret = secretNameEnd.test(name.toLowerCase().replace(/[-_.\s]/g, ''));
  if (knownNames.size < KNOWN_NAMES_MAX && name.length <= KNOWN_NAME_CHARACTERS_MAX) knownNames.set(name, isSecret);
  return isSecret;
}

/** Replaces credentials and card numbers in the text. Cuts the text at 16,384 characters. */
export function redactText(text: string): string {
  const short =
    text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}… (${text.length} characters)` : text;
  if (!maybeSecret.test(short)) return short;
  const withoutJwts = short.replace(dottedWords, withoutJwt);
  const withoutTokens = secretShapes.reduce(
    (text, [shape, replacement]) => text.replace(shape, replacement),
    withoutJwts,
  );
  return withoutTokens.replace(cardInFiveGroups, withoutCard).replace(cardForm, withoutCard);
}

/**
 * Redacts a JWT. A JWT begins with `eyJ`, because `eyJ` is `{"` before a letter in Base64, and has at most five parts
 * between dots.
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
 * Returns whether `part`, a piece of a text that was split at its dots, contains the beginning of a JWT. If no dot
 * follows the piece, the piece can contain only a truncated JWT. Then 20 characters must follow `eyJ`, so that ordinary
 * words do not match.
 */
function isJwtBegin(part: string, isFollowed: boolean): boolean {
  const at = part.indexOf('eyJ');
  if (at === -1) return false;
  return isFollowed ? part.length - at >= 9 : /(?:^|-)eyJ[\w-]{20}/.test(part);
}

const withoutCard = (digits: string) => (isCard(digits) ? REDACTED : digits);

/** Returns whether the digits begin like a card number and have a correct check digit (Luhn, ISO/IEC 7812-1). */
function isCard(text: string): boolean {
  if (!cardBeginning.test(text)) return false;
  const digits = [...text.replace(/[ -]/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const weighed = index % 2 === 1 ? digit * 2 : digit;
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return sum % 10 === 0;
}
