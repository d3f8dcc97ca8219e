import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SessionData } from 'express-session';

/**
 * The result of a MAC check:
 * - `current`: the MAC was made with the first secret of SESSION_SECRET
 * - `former`: the MAC was made with another secret of SESSION_SECRET
 * - `unsigned`: the session has no MAC, and the secret id does not begin with `~`. Release 0.1.0 wrote such sessions
 * - `forged`: the MAC is wrong, or the MAC is missing although the secret id begins with `~`
 */
export type SessionSeal = 'current' | 'former' | 'unsigned' | 'forged';

/**
 * Binds the content of a session to its secret id, so that an attacker with access to Redis cannot change the user of a
 * session. Sessions of release 0.1.0 have no such protection.
 */
export interface SessionMac {
  seal(sid: string, content: SessionData): SessionData;
  check(sid: string, content: SessionData): SessionSeal;
}

/** A session whose secret id begins with this mark must have a MAC. Ids of release 0.1.0 have no mark. */
const MARK = '~';

/** Returns a new secret id. The mark at the beginning of the id means that the session must have a MAC. */
export function newSecretId(): string {
  return MARK + randomBytes(24).toString('base64url');
}

/**
 * Returns an object that makes and checks MACs with HMAC-SHA256. The keys are derived from SESSION_SECRET. The first
 * key makes MACs; all keys verify MACs.
 */
export function createSessionMac(secrets: readonly string[]): SessionMac {
  // Derive separate keys, so that a MAC is never a valid signature of a cookie.
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'mainstay session content', 32)));
  const macOf = (key: Buffer, sid: string, content: SessionData) =>
    createHmac('sha256', key)
      .update(`${sid}\n${canonical(content)}`)
      .digest();

  return {
    seal(sid, content) {
      const [key] = keys;
      if (key === undefined) throw new Error('SESSION_SECRET contains no secret');
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

/** The MAC does not cover `cookie`, because express-session changes `cookie` with each request. */
function canonical(content: SessionData): string {
  const sealed = { ...content, cookie: undefined, mac: undefined };
  const plain = JSON.parse(JSON.stringify(sealed)) as Record<string, unknown>;
  return JSON.stringify(Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1)));
}
