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
    /** RFC 3339. The absolute lifetime starts at this time. */
    createdAt: string;
    /** True for a session with a `__Host-` cookie, which needs TLS. Release 0.1.0 does not write this field. */
    isBound?: boolean;
    /** MAC of the content. Release 0.1.0 does not write this field and ignores it. */
    mac?: string;
  }
}

export interface SessionLifetime {
  /** A session ends if it gets no request for this number of seconds. */
  idleS: number;
  /** Every session ends this number of seconds after the sign-in, even if it is in use. */
  absoluteS: number;
}

export interface SessionStoreOptions {
  redis: Redis;
  sessions: UserSessions;
  lifetime: SessionLifetime;
  /** Secrets of the cookie. The MAC keys of sessions are derived from these secrets. */
  secrets: readonly string[];
}

const TOUCH_EVERY_MS = 10_000;
/** The maximum number of checked sessions in memory. Each needs about 1 KB. */
const CHECKED_MAX = 10_000;

type Callback = (error: unknown, session?: SessionData | null) => void;

/**
 * Adapts connect-redis to express-session:
 * - Only a sign-in creates a session, so that a late save cannot restore a revoked session.
 * - Every error is AppError unavailable, because express-session treats ENOENT as a missing session.
 */
export class RevocableSessionStore extends RedisStore {
  readonly #sessions: UserSessions;
  readonly #lifetime: SessionLifetime;
  /** Sessions of current sign-ins. `written` prevents a second write of the same content. */
  readonly #openings = new WeakMap<object, { opening: OpeningSession; written?: string }>();

  readonly #redis: Redis;
  readonly #mac: SessionMac;
  /** Sessions whose MAC this process has checked. The MAC is checked again only if the text in Redis has changed. */
  readonly #checked = new LRUCache<string, { text: string; content: Readonly<SessionData> }>({ max: CHECKED_MAX });
  /** When this process last extended the idle time of each session. */
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

  /** Lets the next save of `session` create the session in Redis. All other saves change only existing sessions. */
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
    // Return a copy, because express-session changes the object.
    callback(null, found && { ...found });
  }

  /**
   * Returns null if the session does not exist or has expired. After an operator has reduced SESSION_ABSOLUTE_S, Redis
   * can return an expired session, so this method checks the age.
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

  /** Returns the content of a session in Redis, or null if its MAC is wrong. */
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

  /** Replaces the MAC with a MAC from the first secret. If the write fails, the next read tries again. */
  #sealAnew(sid: string, session: SessionData): void {
    this.#redis.set(SESSION_KEY_PREFIX + sid, this.#contentFor(sid, session), 'KEEPTTL', 'XX').catch(() => undefined);
  }

  #contentFor(sid: string, session: SessionData): string {
    return JSON.stringify(this.#mac.seal(sid, session));
  }

  /**
   * Moves an unbound session to a new secret id, for a `__Host-` cookie. Concurrent calls return the same id.
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
    // A concurrent request moved the session to this id. Check the user, because an attacker can have changed the id in
    // Redis.
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

  /** Extends the idle time, at most every ten seconds. Does not wait for Redis, so a failed write fails no request. */
  noteUse(sid: string, session: Readonly<SessionData>): void {
    const nowMs = performance.now();
    if (nowMs - (this.#touchedMs.get(sid) ?? -Infinity) < TOUCH_EVERY_MS) return;
    this.#touchedMs.set(sid, nowMs);
    const { userId, sessionId: id } = session;
    this.#sessions.touch({ sid, userId, id }, secondsLeft(session, this.#lifetime));
  }
}

/**
 * Returns a store for cookies without the prefix `__Host-`. It finds only sessions that were opened without the prefix.
 */
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

/** Returns zero or a negative number if the session has ended. */
function secondsLeft({ createdAt }: SessionData, { idleS, absoluteS }: SessionLifetime): number {
  const absoluteEndMs = Date.parse(createdAt) + absoluteS * 1000;
  // eslint-disable-next-line no-restricted-properties -- the time of day is meant: sessions outlive processes
  return Math.min(idleS, Math.ceil((absoluteEndMs - Date.now()) / 1000));
}

/** Omits the cookie, because a new expiry of the cookie is not a change of the content. */
function contentOf(session: SessionData): string {
  return JSON.stringify({ ...session, cookie: undefined });
}

/** Gives connect-redis the API of node-redis. `XX` changes only existing keys, so a write never restores a session. */
function writingOnlyWhatExists(redis: Redis) {
  return {
    get: (key: string) => redis.get(key),
    set: (key: string, value: string, { expiration }: { expiration: { type: 'EX'; value: number } }) =>
      redis.set(key, value, 'EX', expiration.value, 'XX'),
    del: (keys: string[]) => redis.del(...keys),
    expire: (key: string, ttlS: number) => redis.expire(key, ttlS),
  };
}
