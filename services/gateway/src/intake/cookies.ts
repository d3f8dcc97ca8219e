import type { Request } from 'express';

const DEVICE_COOKIE = 'mainstay.device';

/** Names of the cookie that identifies a browser after a sign-in: `bound` over TLS, `plain` over plain HTTP. */
export const deviceCookieNames = { bound: `__Host-${DEVICE_COOKIE}`, plain: DEVICE_COOKIE } as const;

/** Attributes of every cookie. A browser removes a cookie only if the response repeats its `path`. */
export const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax' } as const;

/** Returns the URL-encoded values of all cookies with this name. */
export function cookieValues({ headers }: Request, name: string): string[] {
  if (headers.cookie === undefined) return [];
  const values: string[] = [];
  for (const pair of headers.cookie.split(';')) {
    const cookie = pair.trim();
    if (cookie.startsWith(name) && cookie[name.length] === '=') values.push(cookie.slice(name.length + 1));
  }
  return values;
}
