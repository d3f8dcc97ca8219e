import { sign, unsign } from 'cookie-signature';
import type { Request } from 'express';

/** The session cookie: its names, and how its value is signed. The first secret signs, all verify. */
export interface SessionCookie {
  readonly names: SessionCookieNames;
  /** Milliseconds. The server ends idle sessions, so the cookie lasts as long as a session can. */
  readonly maxAgeMs: number;
  readonly secrets: readonly string[];
  /** The name that counts for this request. */
  nameOf: (req: Request) => string;
  /** The cookie's value in the form that express-session reads: `s:<sid>.<signature>`. */
  sign: (sid: string) => string;
  /** The secret session id in a cookie's value; undefined if none of the secrets has signed it. */
  unsign: (value: string) => string | undefined;
  /**
   * Whether the Cookie header has a session cookie with a valid signature. It costs one or two HMACs and no request
   * to Redis. The session may have ended: use this for priority only, never for identity.
   */
  isSigned: (cookieHeader: string | undefined) => boolean;
}

export interface SessionCookieNames {
  /**
   * Over TLS. Browsers accept a cookie with the prefix `__Host-` only from exactly this host, so a sibling domain
   * cannot set one (RFC 6265bis § 4.1.3.2).
   */
  bound: string;
  /** Over plain HTTP, where browsers accept no cookie with the prefix. */
  plain: string;
}

/** A browser sends at most two, one under each name. Each further one would cost an HMAC. */
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
