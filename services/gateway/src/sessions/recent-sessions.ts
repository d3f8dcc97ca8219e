import type { SessionData } from 'express-session';
import { LRUCache } from 'lru-cache';

/** A session and its secret id. */
export interface FoundSession {
  sid: string;
  content: Readonly<SessionData>;
}

/** Sessions that this process read at most a second ago. */
export interface RecentSessions {
  /** The result of a read that was sent at most a second ago, if there is one. */
  known(cookie: string): FoundSession | undefined;
  /** Reads the session of a signed cookie, or returns the result of a read that was sent at most a second ago. */
  find(cookie: string): Promise<FoundSession | undefined>;
}

export interface RecentSessionsOptions {
  read: (cookie: string) => Promise<FoundSession | undefined>;
  /** Whether this process has recently received a revocation of the session. */
  wasRevoked: (sessionId: string) => boolean;
  nowMs?: () => number;
}

const REUSED_MS = 1_000;
/** About 1 KB each. */
const SESSIONS_MAX = 10_000;

/**
 * An ended session is accepted for a second at most, counted from when the read was sent. A revocation that this
 * process receives ends that at once, also during a read: every reuse checks the revoked sessions, and public ids are
 * never used again.
 */
export function createRecentSessions({
  read,
  wasRevoked,
  nowMs = () => performance.now(),
}: RecentSessionsOptions): RecentSessions {
  const recent = new LRUCache<string, { found: FoundSession; sentAtMs: number }>({ max: SESSIONS_MAX });

  function knownOf(cookie: string): FoundSession | undefined {
    const known = recent.get(cookie);
    const isUsable = known && nowMs() - known.sentAtMs <= REUSED_MS && !wasRevoked(known.found.content.sessionId);
    return isUsable ? known.found : undefined;
  }

  return {
    known: knownOf,
    async find(cookie) {
      const sentAtMs = nowMs();
      const known = knownOf(cookie);
      if (known) return known;
      const found = await read(cookie);
      if (found) recent.set(cookie, { found, sentAtMs });
      else recent.delete(cookie);
      return found;
    },
  };
}
