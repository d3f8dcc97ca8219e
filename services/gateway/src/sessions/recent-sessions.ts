import type { SessionData } from 'express-session';
import { LRUCache } from 'lru-cache';

/** A session and the secret id that it was found by. */
export interface FoundSession {
  sid: string;
  content: Readonly<SessionData>;
}

/** Sessions as this process read them at most a second ago. */
export interface RecentSessions {
  /** Reads the session of a signed cookie, or returns it as it was read by a request that was sent at most a second ago. */
  find(cookie: string): Promise<FoundSession | undefined>;
}

export interface RecentSessionsOptions {
  read: (cookie: string) => Promise<FoundSession | undefined>;
  /** Whether this process has heard lately that the session was revoked. */
  wasRevoked: (sessionId: string) => boolean;
  nowMs?: () => number;
}

const reusedMs = 1_000;
/** About 1 KB each. */
const sessionsMax = 10_000;

/**
 * A session that ended is believed for a second at most, counted from when the read was sent. A revocation that this process hears ends that at once, also for a read
 * under way: a session is looked up among the revoked each time it is reused, and public ids are never used again.
 */
export function createRecentSessions({
  read,
  wasRevoked,
  nowMs = () => performance.now(),
}: RecentSessionsOptions): RecentSessions {
  const recent = new LRUCache<string, { found: FoundSession; sentAtMs: number }>({ max: sessionsMax });
  return {
    async find(cookie) {
      const sentAtMs = nowMs();
      const known = recent.get(cookie);
      if (known && sentAtMs - known.sentAtMs <= reusedMs && !wasRevoked(known.found.content.sessionId))
        return known.found;
      const found = await read(cookie);
      if (found) recent.set(cookie, { found, sentAtMs });
      else recent.delete(cookie);
      return found;
    },
  };
}
