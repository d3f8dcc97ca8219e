import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { cookieOptions, cookieValues, deviceCookieNames } from '../intake/cookies.js';
import { appendCookie } from './cookies-of-reply.js';

const nameOf = (req: Request): string => (req.secure ? deviceCookieNames.bound : deviceCookieNames.plain);
/** Highest number of accounts in the cookie of one browser. The account with the oldest sign-in is removed first. */
const ENTRIES_MAX = 5;
/** The longest time that browsers keep a cookie. */
const MAX_AGE = 400 * 86_400_000;
const entryForm = /^([\w-]{22})\.([\w-]{22})$/;

/**
 * Recognises a browser that has signed in to an account before (OWASP: device cookies). A known browser can try a
 * password while failed sign-ins block the account.
 */
export interface DeviceCookies {
  /** Returns the id of the device, or undefined if its cookie does not show a sign-in to this account. */
  deviceOf(req: Request, account: string): string | undefined;
  /** Sets the cookie, so that the browser is known for this account. */
  remember(req: Request, res: Response, account: string): void;
}

/** The first secret signs; all secrets verify. */
export function createDeviceCookies(secrets: readonly string[]): DeviceCookies {
  const [signing = ''] = secrets;
  const idOf = (entry: string, account: string): string | undefined => {
    const [, id = '', mac = ''] = entryForm.exec(entry) ?? [];
    const isOurs = secrets.some((secret) => isEqual(mac, macOf(secret, account, id)));
    return id !== '' && isOurs ? id : undefined;
  };
  const find = (req: Request, account: string): string | undefined => {
    for (const entry of entriesOf(req)) {
      const id = idOf(entry, account);
      if (id !== undefined) return id;
    }
    return undefined;
  };

  return {
    deviceOf: find,
    remember(req, res, account) {
      const id = find(req, account) ?? randomBytes(16).toString('base64url');
      const others = entriesOf(req).filter((entry) => idOf(entry, account) === undefined);
      const entries = [`${id}.${macOf(signing, account, id)}`, ...others].slice(0, ENTRIES_MAX);
      appendCookie(res, nameOf(req), entries.join('~'), { ...cookieOptions, secure: req.secure, maxAge: MAX_AGE });
    },
  };
}

function entriesOf(req: Request): string[] {
  const [value = ''] = cookieValues(req, nameOf(req));
  return value.split('~', ENTRIES_MAX).filter((entry) => entryForm.test(entry));
}

function macOf(secret: string, account: string, id: string): string {
  return createHmac('sha256', secret)
    .update(`device\n${account}\n${id}`)
    .digest()
    .subarray(0, 16)
    .toString('base64url');
}

function isEqual(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
