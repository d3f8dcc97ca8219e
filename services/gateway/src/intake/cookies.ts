import type { Request } from 'express';

const DEVICE_COOKIE = 'mainstay.device';

/** The name of the cookie that makes a browser known to an account. */
export const deviceCookieNames = { bound: `__Host-${DEVICE_COOKIE}`, plain: DEVICE_COOKIE } as const;

/** Attributes of every cookie. A cookie is removed with the attributes that it was set with. */
export const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax' } as const;

/** The values of the request's cookies of this name, still encoded. */
export function cookieValues({ headers }: Request, name: string): string[] {
  if (headers.cookie === undefined) return [];
  const values: string[] = [];
  for (const pair of headers.cookie.split(';')) {
    const cookie = pair.trim();
    if (cookie.startsWith(name) && cookie[name.length] === '=') values.push(cookie.slice(name.length + 1));
  }
  return values;
}
