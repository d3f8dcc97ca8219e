import { AppError } from '@mainstay/errors';
import type { Redis } from 'ioredis';
import { redisUnavailable } from './redis-unavailable.js';
import {
  MOVE_SESSION,
  openSession,
  READ_CLOCK,
  revokeOtherSessions,
  revokeSession,
  TOUCH_SESSION,
} from './session-scripts.js';

export const SESSION_KEY_PREFIX = 'session:';
/** Redis channel to which every gateway subscribes. A message is the public id of a revoked session. */
export const REVOKED_CHANNEL = 'sessions:revoked';

const SESSIONS_MAX_PER_USER = 100;
/**
 * Redis stores the time of the last `revokeOthers` for this number of seconds, so that `open` can refuse sign-ins that
 * began before this call. No sign-in takes longer than this number of seconds.
 */
const REVOCATION_REMEMBERED_S = 600;
/** `move` gives a session a new secret id. The former secret id stays valid for at most this time. */
const FORMER_SID_S = 3_600;

/** `id` is the public id. The cookie contains a different, secret id: `sid`. */
export interface UserSession {
  id: string;
  createdAt: string;
  lastSeenAt: string;
  /** The first 200 characters of the User-Agent header. Empty if the header is missing. */
  userAgent: string;
  ip: string;
}

/** A record in the index of a user. The index is a Redis hash that maps the public id of each session to a record. */
interface SessionRecord extends Omit<UserSession, 'id' | 'lastSeenAt'> {
  sid: string;
  /** The secret id that `move` has replaced. Undefined if the session never got a new secret id. */
  formerSid?: string;
}

/** The session of a sign-in, before Redis stores it. */
export interface OpeningSession extends SessionRecord {
  id: string;
  userId: string;
  /** The time when the sign-in began, from `clockUs`. */
  beganAtUs: number;
}

/**
 * The sessions of each user in Redis. Each user has an index, which contains a record for each session of the user. A
 * session and its record change together, so the index contains every valid session.
 * @throws AppError unavailable while Redis does not respond; `touch` never throws
 */
export interface UserSessions {
  /** Returns the time of Redis' clock in microseconds. Also throws if Redis refuses writes. */
  clockUs(): Promise<number>;
  /**
   * Stores the new session of a sign-in. If the user already has 100 sessions, the least recently used session ends. A
   * password change calls `revokeOthers`. If the sign-in began before that call, `open` refuses the sign-in, because
   * the user may have signed in with the old password.
   * @throws AppError unavailable, also if `open` refuses the sign-in
   */
  open(session: OpeningSession, content: string, ttlS: number): Promise<void>;
  /** Gives a session the new secret id `sid`, and returns the id. A second call returns the id of the first call. */
  move(
    session: { userId: string; id: string; formerSid: string; sid: string },
    content: string,
    ttlS: number,
  ): Promise<string | undefined>;
  /** Returns the sessions, newest first. Removes expired sessions from the index. */
  list(userId: string): Promise<UserSession[]>;
  find(userId: string, id: string): Promise<UserSession | undefined>;
  /** Ends a session. Returns false if the user has no session with this id. */
  revoke(userId: string, id: string): Promise<boolean>;
  /**
   * Ends all sessions of a user except `keptId`, and returns the public ids of the ended sessions. After this call,
   * `open` refuses each sign-in that began before the call, or that begins within `closedForMs` after the call.
   */
  revokeOthers(userId: string, keptId: string, options: { closedForMs: number }): Promise<string[]>;
  /** Checks which secret session ids exist in Redis, for example `['alive', 'ended']` → `[true, false]`. */
  exist(sids: readonly string[]): Promise<boolean[]>;
  /**
   * Extends the idle time of a session and sets `lastSeenAt`. Does not extend a former secret id. Does not wait for
   * Redis.
   */
  touch(session: { sid: string; userId: string; id: string }, ttlS: number): void;
}

export function createUserSessions(redis: Redis, { absoluteLifeS }: { absoluteLifeS: number }): UserSessions {
  const run = (script: string, userId: string, keys: string[], args: (string | number)[]): Promise<unknown> => {
    const all = [indexKey(userId), seenKey(userId), sweptKey(userId), ...keys];
    return answer(redis.eval(script, all.length, ...all, SESSION_KEY_PREFIX, REVOKED_CHANNEL, ...args.map(String)));
  };

  return {
    ...createSessionReads(redis),
    async clockUs() {
      const reply = await answer(redis.eval(READ_CLOCK, 1, 'session-write-check'));
      const [seconds, microseconds] = reply as [string, string];
      return Number(seconds) * 1_000_000 + Number(microseconds);
    },
    async open({ id, userId, beganAtUs, ...record }, content, ttlS) {
      const { sid } = record;
      const args = [
        content,
        ttlS,
        id,
        JSON.stringify(record),
        // eslint-disable-next-line no-restricted-properties -- users read the time of day
        Date.now(),
        beganAtUs,
        absoluteLifeS,
        SESSIONS_MAX_PER_USER,
      ];
      const outcome = await run(openSession, userId, [SESSION_KEY_PREFIX + sid], args);
      if (outcome !== 'opened')
        throw notOpened(outcome === 'swept' ? 'The password is being changed.' : 'No session could be opened.');
    },
    async move({ userId, id, formerSid, sid }, content, ttlS) {
      const keys = [SESSION_KEY_PREFIX + formerSid, SESSION_KEY_PREFIX + sid, movedKey(formerSid)];
      const args = [id, formerSid, sid, content, ttlS, FORMER_SID_S, absoluteLifeS];
      return ((await run(MOVE_SESSION, userId, keys, args)) as string | null) ?? undefined;
    },
    async revoke(userId, id) {
      return (await run(revokeSession, userId, [], [id])) === 1;
    },
    async revokeOthers(userId, keptId, { closedForMs }) {
      const args = [keptId, REVOCATION_REMEMBERED_S, closedForMs * 1000];
      return (await run(revokeOtherSessions, userId, [], args)) as string[];
    },
    touch({ sid, userId, id }, ttlS) {
      const keys = [SESSION_KEY_PREFIX + sid, movedKey(sid), seenKey(userId)];
      // eslint-disable-next-line no-restricted-properties -- users read the time of day
      const nowMs = Date.now();
      redis.eval(TOUCH_SESSION, keys.length, ...keys, ttlS, nowMs, id).catch(() => undefined);
    },
  };
}

function createSessionReads(redis: Redis): Pick<UserSessions, 'exist' | 'list' | 'find'> {
  async function exist(sids: readonly string[]): Promise<boolean[]> {
    if (sids.length === 0) return [];
    const pipeline = redis.pipeline();
    for (const sid of sids) pipeline.exists(SESSION_KEY_PREFIX + sid);
    const replies = (await answer(pipeline.exec())) ?? [];
    return replies.map(([error, count]) => {
      if (error) throw redisUnavailable(error);
      return count === 1;
    });
  }

  async function list(userId: string): Promise<UserSession[]> {
    const [records, seen] = await Promise.all([
      answer(redis.hgetall(indexKey(userId))),
      answer(redis.zrange(seenKey(userId), 0, '-1', 'WITHSCORES')),
    ]);
    const ids = Object.keys(records);
    const alive = await exist(ids.map((id) => recordOf(records[id]).sid));
    const expired = ids.filter((_, index) => !alive[index]);
    if (expired.length > 0) {
      await answer(
        redis
          .multi()
          .hdel(indexKey(userId), ...expired)
          .zrem(seenKey(userId), ...expired)
          .exec(),
      );
    }
    const seenAt = new Map(seen.flatMap((id, index) => (index % 2 === 0 ? [[id, Number(seen[index + 1])]] : [])));
    return ids
      .filter((_, index) => alive[index])
      .map((id) => sessionOf(id, recordOf(records[id]), seenAt.get(id)))
      .sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  return {
    exist,
    list,
    async find(userId, id) {
      const [record, seenAtMs] = await Promise.all([
        answer(redis.hget(indexKey(userId), id)),
        answer(redis.zscore(seenKey(userId), id)),
      ]);
      return record === null
        ? undefined
        : sessionOf(id, recordOf(record), seenAtMs === null ? undefined : Number(seenAtMs));
    },
  };
}

/** The key that stores the new secret id of a moved session. */
const movedKey = (formerSid: string): string => `${SESSION_KEY_PREFIX}moved:${formerSid}`;
const indexKey = (userId: string): string => `user-sessions:${userId}`;
const seenKey = (userId: string): string => `user-sessions-seen:${userId}`;
const sweptKey = (userId: string): string => `user-sessions-swept:${userId}`;

function notOpened(why: string): AppError {
  return new AppError('unavailable', `${why} Sign in again.`, { retryAfterS: 1 });
}

function recordOf(text: string | undefined): SessionRecord {
  return JSON.parse(text ?? '{}') as SessionRecord;
}

function sessionOf(id: string, { createdAt, userAgent, ip }: SessionRecord, seenAtMs: number | undefined): UserSession {
  const lastSeenAt = seenAtMs === undefined ? createdAt : new Date(seenAtMs).toISOString();
  return { id, createdAt, lastSeenAt, userAgent, ip };
}

async function answer<Reply>(command: Promise<Reply>): Promise<Reply> {
  try {
    return await command;
  } catch (error) {
    throw redisUnavailable(error);
  }
}
