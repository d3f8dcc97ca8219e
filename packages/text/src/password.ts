import { countCharacters, isWellFormed } from './line.js';
import { normalized } from './normalized.js';

export type PasswordProblem =
  'empty' | 'ill_formed' | 'too_short' | 'too_long' | 'repeated' | 'sequence' | 'context' | 'common';

/** The user's data. Attackers try the data of a user first, so a password must not consist of the data. */
export interface PasswordContext {
  email?: string;
  displayName?: string;
}

/** Allowed lengths of a password in code points. NIST SP 800-63B-4 § 3.1.1.2 requires at least 15 code points. */
export const passwordCharacters = { min: 15, max: 128 } as const;

/** Message of the API for each problem. The web interface shows its own text instead. */
export const passwordMessages: Readonly<Record<PasswordProblem, string>> = {
  empty: 'must not be empty',
  ill_formed: 'must be well-formed text',
  too_short: `must have at least ${passwordCharacters.min} characters`,
  too_long: `must have at most ${passwordCharacters.max} characters`,
  repeated: 'must not repeat one short part',
  sequence: 'must not be a sequence such as abcdefgh12345678',
  context: 'must not be your e-mail, your name or the name of this product',
  common: 'must not be one of the common passwords that are tried first',
};

const PRODUCT_NAME = 'mainstay';
/** If a password repeats one text several times, the repeated text must have at least this number of characters. */
const REPEATED_UNIT_CHARACTERS_MIN = 10;
/**
 * In a *run*, all characters are equal, or follow each other in one direction in Unicode or on a keyboard. For example,
 * `abcd`, `4321`, `aaaa` and `qwer` are runs. A run has at least this number of characters, because ordinary words
 * contain shorter series.
 */
const RUN_CHARACTERS_MIN = 3;
/** The rows of the keyboards QWERTY, QWERTZ and AZERTY, and then the columns of QWERTY. */
const keyboardRuns = [
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
];

/** Returns the password in NFKC, because macOS and Windows encode some characters differently. */
export function canonicalPassword(text: string): string {
  return normalized(text, 'NFKC');
}

/**
 * Returns the reason why a password cannot be compared with a stored password. Returns undefined if the password can be
 * compared.
 */
export function presentPasswordProblem(text: string): 'empty' | 'ill_formed' | 'too_long' | undefined {
  if (text === '') return 'empty';
  if (!isWellFormed(text)) return 'ill_formed';
  // Normalization to NFKC can change the number of characters. An older release counted the characters before
  // normalization, and this release counts them after normalization. A stored password can come from either release, so
  // one count within the limit is enough.
  const characters = Math.min(countCharacters(text), countCharacters(canonicalPassword(text)));
  return characters > passwordCharacters.max ? 'too_long' : undefined;
}

/**
 * Returns the problem of a new password, or undefined if the password is allowed. The accounts service also checks for
 * common passwords.
 */
export function passwordProblem(text: string, context: PasswordContext = {}): PasswordProblem | undefined {
  if (text === '') return 'empty';
  if (!isWellFormed(text)) return 'ill_formed';
  const password = canonicalPassword(text);
  const characters = countCharacters(password);
  if (characters < passwordCharacters.min) return 'too_short';
  if (characters > passwordCharacters.max) return 'too_long';
  const folded = password.toLowerCase();
  const unit = repeatedUnit(folded);
  const words = wordsOf(context);
  if (words.has(lettersOf(folded)) || (unit !== undefined && words.has(lettersOf(unit)))) return 'context';
  if (unit !== undefined && countCharacters(unit) < REPEATED_UNIT_CHARACTERS_MIN) return 'repeated';
  return isMadeOfRuns(Array.from(folded)) ? 'sequence' : undefined;
}

/**
 * Returns the shortest part that `text` repeats, or undefined if `text` repeats no part. For example, `abcabcab` →
 * `abc`, and `abcd` → undefined.
 */
export function repeatedUnit(text: string): string | undefined {
  const characters = Array.from(text);
  // This is the algorithm of Knuth, Morris and Pratt. A border of a text is a shorter text with which the text both
  // begins and ends. For example, the longest border of `abcabcab` is `abcab`. Without `abcab` at the end, `abc` is
  // left, which is the shortest repeated part. The last repetition may be incomplete. `borders[index]` is the length of
  // the longest border of the first `index + 1` characters.
  const borders = [0];
  for (let index = 1, border = 0; index < characters.length; index += 1) {
    while (border > 0 && characters[index] !== characters[border]) border = borders[border - 1] ?? 0;
    if (characters[index] === characters[border]) border += 1;
    borders.push(border);
  }
  const period = characters.length - (borders.at(-1) ?? 0);
  return text !== '' && period * 2 <= characters.length ? characters.slice(0, period).join('') : undefined;
}

function wordsOf({ email = '', displayName = '' }: PasswordContext): ReadonlySet<string> {
  const words = [PRODUCT_NAME, email, email.split('@', 1)[0] ?? '', displayName];
  return new Set(words.map((word) => lettersOf(canonicalPassword(word).toLowerCase())).filter((word) => word !== ''));
}

/** Removes separators, because an attacker tries `ada king`, `ada-king` and `adaking`. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '');
}

/** Returns whether the characters consist only of runs. For example, `abcdefgh12345678` consists of two runs. */
function isMadeOfRuns(characters: readonly string[]): boolean {
  let start = 0;
  while (start < characters.length) {
    const length = runLength(characters, start);
    if (length < RUN_CHARACTERS_MIN) return false;
    start += length;
  }
  return true;
}

function runLength(characters: readonly string[], start: number): number {
  let longest = 1;
  for (const direction of [1, -1] as const) {
    for (const isNext of orders) {
      let end = start + 1;
      while (end < characters.length && isNext(characters[end - 1] ?? '', characters[end] ?? '', direction)) end += 1;
      longest = Math.max(longest, end - start);
    }
  }
  return longest;
}

type Order = (before: string, after: string, direction: 1 | -1) => boolean;

const orders: readonly Order[] = [
  (before, after) => before === after,
  isNextInItsScript,
  ...keyboardRuns.map(orderOfKeys),
];

/**
 * Returns true if `after` directly follows `before` in Unicode. In addition, `0` follows `9`, and `a` follows `z`. With
 * direction -1, returns true if `before` directly follows `after`.
 */
function isNextInItsScript(before: string, after: string, direction: 1 | -1): boolean {
  const [first, second] = direction === 1 ? [before, after] : [after, before];
  if ((first === '9' && second === '0') || (first === 'z' && second === 'a')) return true;
  return (second.codePointAt(0) ?? 0) - (first.codePointAt(0) ?? 0) === 1;
}

function orderOfKeys(keys: string): Order {
  return (before, after, direction) => {
    const place = keys.indexOf(before);
    return place >= 0 && keys[(place + direction + keys.length) % keys.length] === after;
  };
}
