import type { Request } from 'express';

const sessionCookie = 'mainstay.sid';
const deviceCookie = 'mainstay.device';

/**
 * The session cookie's name. Over TLS it has the prefix `__Host-`: a browser takes such a cookie only from this very host, so a sibling domain
 * cannot plant one (RFC 6265bis § 4.1.3.2). Over plain HTTP a browser takes no such cookie.
 */
export const cookieNames = { bound: `__Host-${sessionCookie}`, plain: sessionCookie } as const;

/** The name of the cookie that makes a browser known to an account. */
export const deviceCookieNames = { bound: `__Host-${deviceCookie}`, plain: deviceCookie } as const;

/** How a cookie is set and, with the same words, taken back. */
export const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax' } as const;

/** The name that counts for this request. */
export function cookieNameOf(req: Request): string {
  return req.secure ? cookieNames.bound : cookieNames.plain;
}

/** What the request's cookies of this name hold, as it was sent. */
export function cookieValues({ headers }: Request, name: string): string[] {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}
