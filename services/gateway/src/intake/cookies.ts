import type { Request } from 'express';

const DEVICE_COOKIE = 'mainstay.device';

/** The name of the cookie that makes a browser known to an account. */
export const deviceCookieNames = { bound: `__Host-${DEVICE_COOKIE}`, plain: DEVICE_COOKIE } as const;

/** Attributes of every cookie. A cookie is removed with the attributes that it was set with. */
export const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax' } as const;

/** The values of the request's cookies of this name, still encoded. */
export function cookieValues({ headers }: Request, name: string): string[] {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}
