import { createHmac, timingSafeEqual } from 'node:crypto';
import { cookieNames } from './cookies.js';

const sessionCookies = new RegExp(
  `(?:^|; ?)(?:__Host-)?${cookieNames.plain.replaceAll('.', '\\.')}=(s(?:%3A|:)[^;]{1,280})`,
  'gi',
);
/** A browser sends two at most, one under each name; a third costs nobody an HMAC. */
const cookiesMax = 2;
const signedValue = /^s:([^.]{1,128})\.([^.]{43,44})$/;

/**
 * Whether a session cookie carries a signature of ours, at the price of an HMAC or two and no question to Redis. The session may have ended since: it tells who goes
 * first, never who somebody is.
 */
export function hasSignedCookie(cookies: string | undefined, secrets: readonly string[]): boolean {
  const found = [...(cookies ?? '').matchAll(sessionCookies)].slice(0, cookiesMax);
  return found.some(([, value = '']) => unsignCookie(value, secrets) !== undefined);
}

/** The value of a signed cookie, in the form that express-session reads: `s:<text>.<signature>`. */
export function signCookie(text: string, secret: string): string {
  return `s:${text}.${macOf(text, secret)
    .toString('base64')
    .replace(/={1,2}$/, '')}`;
}

/** The text in a cookie's value that any of the secrets has signed; undefined for any other. */
export function unsignCookie(value: string, secrets: readonly string[]): string | undefined {
  const [, text, signature] = signedValue.exec(decoded(value)) ?? [];
  if (text === undefined || signature === undefined) return undefined;
  const given = Buffer.from(signature, 'base64');
  const isOurs = secrets.some((secret) => {
    const expected = macOf(text, secret);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isOurs ? text : undefined;
}

function macOf(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
