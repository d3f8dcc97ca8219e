import { RedisStore } from 'connect-redis';
import session, { type SessionData } from 'express-session';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { redisUnavailable } from './redis-unavailable.js';
import { createSessionMac, newSecretId, type SessionMac } from './session-mac.js';
import { SESSION_KEY_PREFIX, type OpeningSession, type UserSessions } from './user-sessions.js';

declare module 'express-session' {
  interface SessionData {
    userId: string;
    /** The public id of this session. */
    sessionId: string;
    /** RFC 3339; the absolute lifetime counts from here. */
    createdAt: string;
    /**
     * Opened over TLS: only a cookie with the prefix `__Host-` counts. Missing in sessions of release 0.1.0, which
     * ignores it.
     */
    isBound?: boolean;
    /** Seals the content in Redis. Missing in sessions of release 0.1.0, which ignores it. */
    mac?: string;
  }
}

export interface SessionLifetime {
  /** Seconds without a request after which a session ends. */
  idleS: number;
  /** Seconds after which it ends, used or not. */
  absoluteS: number;
}

export interface SessionStoreOptions {
  redis: Redis;
  sessions: UserSessions;
  lifetime: SessionLifetime;
  /** The cookie's secrets, from which the keys of the seal are derived. */
  secrets: readonly string[];
}

const TOUCH_EVERY_MS = 10_000;
/** About 1 KB each. */
const CHECKED_MAX = 10_000;

type Callback = (error: unknown, session?: SessionData | null) => void;

/**
 * connect-redis, made safe against two properties of express-session. First, express-session saves at a request's end,
 * which would restore a session that was revoked during the request. So here sign-in creates a session once, and every
 * later write is `SET … XX`. Second, it sometimes treats an error of the store as a missing session. So here an error is
 * AppError unavailable.
 */
export class RevocableSessionStore extends RedisStore {
  readonly #sessions: UserSessions;
  readonly #lifetime: SessionLifetime;
  /**
   * Sessions of current sign-ins. The first write is kept, so that the save at the request's end does not write
   * again.
   */
  readonly #openings = new WeakMap<object, { opening: OpeningSession; written?: string }>();

  readonly #redis: Redis;
  readonly #mac: SessionMac;
  /** Sessions whose seal this process has checked. The same text under the same id needs no second check. */
  readonly #checked = new LRUCache<string, { text: string; content: Readonly<SessionData> }>({ max: CHECKED_MAX });
  /** When this process last touched each session, on the clock of `performance.now()`. */
  readonly #touchedMs = new LRUCache<string, number>({ max: 20_000 });

  constructor({ redis, sessions, lifetime, secrets }: SessionStoreOptions) {
    super({
      client: writingOnlyWhatExists(redis),
      prefix: SESSION_KEY_PREFIX,
      ttl: (session: SessionData) => secondsLeft(session, lifetime),
    });
    this.#redis = redis;
    this.#mac = createSessionMac(secrets);
    this.#sessions = sessions;
    this.#lifetime = lifetime;
  }

  /** The next save of `session` creates it. Any other save only changes what exists. */
  expectFirstWrite(session: object, opening: OpeningSession): void {
    this.#openings.set(session, { opening });
  }

  override async get(sid: string, callback: Callback): Promise<void> {
    let found: Readonly<SessionData> | null;
    try {
      found = await this.find(sid);
    } catch (error) {
      callback(error);
      return;
    }
    // express-session changes what it gets.
    callback(null, found && { ...found });
  }

  /**
   * Null if there is no such session. Redis deletes expired ones; a lifetime that was shortened since applies as
   * well.
   * @throws AppError unavailable
   */
  async find(sid: string): Promise<Readonly<SessionData> | null> {
    try {
      const text = await this.#redis.get(SESSION_KEY_PREFIX + sid);
      const found = text === null ? null : this.#contentOf(sid, text);
      return found && secondsLeft(found, this.#lifetime) > 0 ? found : null;
    } catch (error) {
      throw redisUnavailable(error);
    }
  }

  /** The content of a session in Redis; null if its seal is wrong. */
  #contentOf(sid: string, text: string): Readonly<SessionData> | null {
    const checked = this.#checked.get(sid);
    if (checked?.text === text) return checked.content;
    const content = JSON.parse(text) as SessionData;
    const seal = this.#mac.check(sid, content);
    if (seal === 'forged') return null;
    delete content.mac;
    if (seal === 'former') this.#sealAnew(sid, content);
    else this.#checked.set(sid, { text, content });
    return content;
  }

  /**
   * Seals the session with the current secret, so that a former secret can be removed. Runs in the background: if it fails, the next read does it.
   */
  #sealAnew(sid: string, session: SessionData): void {
    this.#redis.set(SESSION_KEY_PREFIX + sid, this.#contentFor(sid, session), 'KEEPTTL', 'XX').catch(() => undefined);
  }

  #contentFor(sid: string, session: SessionData): string {
    return JSON.stringify(this.#mac.seal(sid, session));
  }

  /**
   * Gives a session that was opened without the prefix `__Host-` a new secret id, for a cookie with the prefix.
   * Concurrent requests get the same id. Undefined if there is no such session.
   * @throws AppError unavailable
   */
  async bindToPrefix(formerSid: string): Promise<string | undefined> {
    const found = await this.find(formerSid);
    if (!found?.userId || found.isBound) return undefined;
    const { userId, sessionId: id } = found;
    const sid = newSecretId();
    const content = this.#contentFor(sid, { ...found, isBound: true });
    const moved = await this.#sessions.move(
      { userId, id, formerSid, sid },
      content,
      secondsLeft(found, this.#lifetime),
    );
    if (moved === undefined || moved === sid) return moved;
    // Redis says that another request moved the session. Check it, because a writer of Redis could name another user's session here.
    const other = await this.find(moved);
    return other?.userId === userId && other.sessionId === id ? moved : undefined;
  }

  override async set(sid: string, session: SessionData, callback: Callback): Promise<void> {
    try {
      const first = this.#openings.get(session);
      if (!first) await super.set(sid, this.#mac.seal(sid, session));
      else if (first.written === undefined) {
        await this.#sessions.open(first.opening, this.#contentFor(sid, session), secondsLeft(session, this.#lifetime));
        first.written = contentOf(session);
      } else if (first.written !== contentOf(session)) await super.set(sid, this.#mac.seal(sid, session));
    } catch (error) {
      callback(redisUnavailable(error));
      return;
    }
    callback(null);
  }

  override async destroy(sid: string, callback: (error?: unknown) => void): Promise<void> {
    try {
      await super.destroy(sid);
    } catch (error) {
      callback(redisUnavailable(error));
      return;
    }
    callback();
  }

  override touch(sid: string, session: SessionData, callback: () => void): Promise<void> {
    this.noteUse(sid, session);
    callback();
    return Promise.resolve();
  }

  /**
   * Moves the idle end, at most every ten seconds from this process: a session may end ten seconds early. Not
   * awaited: a lost touch does no harm, and a reply must neither wait for it nor fail because of it.
   */
  noteUse(sid: string, session: Readonly<SessionData>): void {
    const nowMs = performance.now();
    if (nowMs - (this.#touchedMs.get(sid) ?? -Infinity) < TOUCH_EVERY_MS) return;
    this.#touchedMs.set(sid, nowMs);
    const { userId, sessionId: id } = session;
    this.#sessions.touch({ sid, userId, id }, secondsLeft(session, this.#lifetime));
  }
}

/** The sessions that a cookie without the prefix may name: those that were opened without one. */
export function unboundSessionsOf(store: RevocableSessionStore): session.Store {
  return new UnboundSessions(store);
}

class UnboundSessions extends session.Store {
  readonly #store: RevocableSessionStore;

  constructor(store: RevocableSessionStore) {
    super();
    this.#store = store;
  }

  override get(sid: string, callback: Callback): void {
    void this.#store.get(sid, (error, found) => callback(error, found?.isBound ? null : found));
  }

  override set(sid: string, content: SessionData, callback: Callback): void {
    void this.#store.set(sid, content, callback);
  }

  override destroy(sid: string, callback: (error?: unknown) => void): void {
    void this.#store.destroy(sid, callback);
  }

  override touch(sid: string, content: SessionData, callback: () => void): void {
    void this.#store.touch(sid, content, callback);
  }
}

/** Idle time, or the time until the absolute end if that is sooner. At most 0: over. */
function secondsLeft({ createdAt }: SessionData, { idleS, absoluteS }: SessionLifetime): number {
  const absoluteEndMs = Date.parse(createdAt) + absoluteS * 1000;
  // eslint-disable-next-line no-restricted-properties -- the time of day is meant: sessions outlive processes
  return Math.min(idleS, Math.ceil((absoluteEndMs - Date.now()) / 1000));
}

/** The content without the cookie, whose expiry changes with every request. */
function contentOf(session: SessionData): string {
  return JSON.stringify({ ...session, cookie: undefined });
}

/**
 * The client for connect-redis, which calls it like node-redis. ioredis would take such an options object for a text:
 * the reply would be 200 and the session lost. Here `SET` with an expiry changes existing keys only.
 */
function writingOnlyWhatExists(redis: Redis) {
  return {
    get: (key: string) => redis.get(key),
    set: (key: string, value: string, { expiration }: { expiration: { type: 'EX'; value: number } }) =>
      redis.set(key, value, 'EX', expiration.value, 'XX'),
    del: (keys: string[]) => redis.del(...keys),
    expire: (key: string, ttlS: number) => redis.expire(key, ttlS),
  };
}
