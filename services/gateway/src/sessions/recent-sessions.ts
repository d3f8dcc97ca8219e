import type { SessionData } from 'express-session';
import { LRUCache } from 'lru-cache';

export interface FoundSession {
  sid: string;
  content: Readonly<SessionData>;
}

/** Sessions that this process read at most a second ago. */
export interface RecentSessions {
  /** Returns the session if the read of the session began at most a second ago, and the session was not revoked. */
  known(cookie: string): FoundSession | undefined;
  /** Returns the session from the method `known`. If `known` returns undefined, calls the option `read` instead. */
  find(cookie: string): Promise<FoundSession | undefined>;
}

export interface RecentSessionsOptions {
  read: (cookie: string) => Promise<FoundSession | undefined>;
  /** True if this process has recently received a revocation of the session. */
  wasRevoked: (sessionId: string) => boolean;
  nowMs?: () => number;
}

const REUSED_MS = 1_000;
/** Highest number of sessions in memory. Each session needs about 1 KB. */
const SESSIONS_MAX = 10_000;

/**
 * Creates a cache that reuses a session for at most one second. The cache never reuses a session after this process has
 * received the revocation of the session.
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
