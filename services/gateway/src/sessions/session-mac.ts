import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SessionData } from 'express-session';

/**
 * `current`: the first secret made the MAC. `former`: a later secret of the list made it. `unsigned`: a session of
 * release 0.1.0, which wrote no MAC. `forged`: no gateway wrote the content under this key.
 */
export type SessionSeal = 'current' | 'former' | 'unsigned' | 'forged';

/**
 * Binds the content of a session in Redis to its secret id, so that a writer of Redis cannot turn one session into
 * another user's.
 */
export interface SessionMac {
  /** The content with its MAC. */
  seal(sid: string, content: SessionData): SessionData;
  check(sid: string, content: SessionData): SessionSeal;
}

/**
 * No secret id of release 0.1.0 begins with it. The cookie's signature covers the id, so a session with such an id
 * must have a MAC.
 */
const MARK = '~';

/** A secret id of a session whose content is sealed. */
export function newSecretId(): string {
  return MARK + randomBytes(24).toString('base64url');
}

/** HMAC-SHA256 with keys derived from SESSION_SECRET: the first makes, all verify. */
export function createSessionMac(secrets: readonly string[]): SessionMac {
  // A separate key, so that a MAC is never the signature of a cookie.
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'mainstay session content', 32)));
  const macOf = (key: Buffer, sid: string, content: SessionData) =>
    createHmac('sha256', key)
      .update(`${sid}\n${canonical(content)}`)
      .digest();

  return {
    seal(sid, content) {
      const [key] = keys;
      if (key === undefined) throw new Error('there is no secret to seal sessions with');
      return { ...content, mac: macOf(key, sid, content).toString('base64url') };
    },
    check(sid, content) {
      if (content.mac === undefined) return sid.startsWith(MARK) ? 'forged' : 'unsigned';
      const given = Buffer.from(String(content.mac), 'base64url');
      const at = keys.findIndex((key) => {
        const expected = macOf(key, sid, content);
        return given.length === expected.length && timingSafeEqual(given, expected);
      });
      if (at === -1) return 'forged';
      return at === 0 ? 'current' : 'former';
    },
  };
}

/** The signed content: everything except the MAC and the cookie's settings, which express-session changes with each request. */
function canonical(content: SessionData): string {
  const sealed = { ...content, cookie: undefined, mac: undefined };
  const plain = JSON.parse(JSON.stringify(sealed)) as Record<string, unknown>;
  return JSON.stringify(Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1)));
}
