import { sign, unsign } from 'cookie-signature';
import type { Request } from 'express';

/** Names and signature of the session cookie. The first secret signs; all secrets verify. */
export interface SessionCookie {
  readonly names: SessionCookieNames;
  /** Lifetime of the cookie in milliseconds. The value is the longest lifetime of a session. */
  readonly maxAgeMs: number;
  readonly secrets: readonly string[];
  /** Returns the cookie name for this request: `bound` over TLS, `plain` over plain HTTP. */
  nameOf: (req: Request) => string;
  /** Returns the cookie value in the form that express-session reads: `s:<sid>.<signature>`. */
  sign: (sid: string) => string;
  /** Returns the secret session id in a cookie value, or undefined if no secret signed the value. */
  unsign: (value: string) => string | undefined;
  /**
   * Checks whether a session cookie in the header has a valid signature. The session can have ended, so never use the
   * result as proof of identity.
   */
  isSigned: (cookieHeader: string | undefined) => boolean;
}

export interface SessionCookieNames {
  /**
   * Name of the cookie over TLS, with the prefix `__Host-`. Because of the prefix, a sibling domain cannot set the
   * cookie (RFC 6265bis § 4.1.3.2).
   */
  bound: string;
  /**
   * Name of the cookie over plain HTTP. This name has no prefix, because browsers accept the prefix `__Host-` only over
   * TLS.
   */
  plain: string;
}

/** `isSigned` checks at most two cookies, because the gateway sets at most one cookie for each of the two names. */
const COOKIES_MAX = 2;
const signedValue = /^s:([^.]{1,128}\.[^.]{43})$/;

export function sessionCookieNames(name: string): SessionCookieNames {
  return { bound: `__Host-${name}`, plain: name };
}

export function createSessionCookie({
  name,
  secrets,
  maxAgeMs,
}: {
  name: string;
  secrets: readonly string[];
  maxAgeMs: number;
}): SessionCookie {
  const names = sessionCookieNames(name);
  const pattern = new RegExp(`(?:^|; ?)(?:__Host-)?${name.replaceAll('.', '\\.')}=(s(?:%3A|:)[^;]{1,280})`, 'gi');
  const [signing = ''] = secrets;

  function unsignValue(value: string): string | undefined {
    const [, signed] = signedValue.exec(decoded(value)) ?? [];
    if (signed === undefined) return undefined;
    for (const secret of secrets) {
      const sid = unsign(signed, secret);
      if (sid !== false) return sid;
    }
    return undefined;
  }

  return {
    names,
    maxAgeMs,
    secrets,
    nameOf: (req) => (req.secure ? names.bound : names.plain),
    sign: (sid) => `s:${sign(sid, signing)}`,
    unsign: unsignValue,
    isSigned(cookieHeader = '') {
      const found = [...cookieHeader.matchAll(pattern)].slice(0, COOKIES_MAX);
      return found.some(([, value = '']) => unsignValue(value) !== undefined);
    },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
