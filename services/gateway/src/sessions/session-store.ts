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
    /** The public id. The cookie contains a different, secret id: `sid`. */
    sessionId: string;
    /** Time of the sign-in (RFC 3339). */
    createdAt: string;
    /** True if the session has a `__Host-` cookie. Browsers send this cookie only over TLS. */
    isBound?: boolean;
    /**
     * A message authentication code (MAC). The MAC proves that a gateway wrote this session to Redis. Release 0.1.0
     * writes no MAC.
     */
    mac?: string;
  }
}

export interface SessionLifetime {
  /** A session ends after this number of seconds without a request. */
  idleS: number;
  /** A session ends this number of seconds after the sign-in, even if it is in use. */
  absoluteS: number;
}

export interface SessionStoreOptions {
  redis: Redis;
  sessions: UserSessions;
  lifetime: SessionLifetime;
  /** The secrets that sign the cookie. The keys for MACs are derived from these secrets. */
  secrets: readonly string[];
}

const EXTEND_EVERY_MS = 10_000;
/** Highest number of sessions in memory. Each session needs about 1 KB. */
const CHECKED_MAX = 10_000;

type Callback = (error: unknown, session?: SessionData | null) => void;

/**
 * Stores the sessions of express-session in Redis. Differences from connect-redis:
 * - Only a sign-in creates a session. Other saves change only existing sessions, and so never restore a revoked
 *   session.
 * - Every error becomes AppError unavailable. After an ENOENT error, express-session would make the caller anonymous.
 *   Only `touch` ignores errors.
 * - A session with a wrong MAC or beyond its absolute lifetime is not found.
 */
export class RevocableSessionStore extends RedisStore {
  readonly #sessions: UserSessions;
  readonly #lifetime: SessionLifetime;
  /** express-session saves each new session twice. `set` skips the second save if its content is equal to `saved`. */
  readonly #newSessions = new WeakMap<object, { opening: OpeningSession; saved?: string }>();

  readonly #redis: Redis;
  readonly #mac: SessionMac;
  /**
   * Sessions that passed the check of the MAC. The key is the secret id. While a session is in this cache, its MAC is
   * checked again only if the text in Redis has changed.
   */
  readonly #checked = new LRUCache<string, { text: string; content: Readonly<SessionData> }>({ max: CHECKED_MAX });
  readonly #extendedAtMs = new LRUCache<string, number>({ max: 20_000 });

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

  /** Allows the next save of `session` to create the session in Redis. */
  expectFirstWrite(session: object, opening: OpeningSession): void {
    this.#newSessions.set(session, { opening });
  }

  override async get(sid: string, callback: Callback): Promise<void> {
    let found: Readonly<SessionData> | null;
    try {
      found = await this.find(sid);
    } catch (error) {
      callback(error);
      return;
    }
    // Return a copy, because `#checked` keeps the object, and express-session changes the object.
    callback(null, found && { ...found });
  }

  /**
   * Returns null if the session does not exist, has ended, or has a wrong MAC.
   * @throws AppError unavailable
   */
  async find(sid: string): Promise<Readonly<SessionData> | null> {
    try {
      const text = await this.#redis.get(SESSION_KEY_PREFIX + sid);
      const found = text === null ? null : this.#parse(sid, text);
      // If an operator reduces SESSION_ABSOLUTE_S, Redis does not delete older sessions, so check their age.
      return found && secondsLeft(found, this.#lifetime) > 0 ? found : null;
    } catch (error) {
      throw redisUnavailable(error);
    }
  }

  #parse(sid: string, text: string): Readonly<SessionData> | null {
    const checked = this.#checked.get(sid);
    if (checked?.text === text) return checked.content;
    const content = JSON.parse(text) as SessionData;
    const seal = this.#mac.check(sid, content);
    if (seal === 'forged') return null;
    delete content.mac;
    if (seal === 'former') this.#replaceMac(sid, content);
    else this.#checked.set(sid, { text, content });
    return content;
  }

  /** Writes a MAC from the first secret. If this write fails, the next read of the session tries again. */
  #replaceMac(sid: string, session: SessionData): void {
    this.#redis.set(SESSION_KEY_PREFIX + sid, this.#textWithMac(sid, session), 'KEEPTTL', 'XX').catch(() => undefined);
  }

  #textWithMac(sid: string, session: SessionData): string {
    return JSON.stringify(this.#mac.seal(sid, session));
  }

  /**
   * Gives a session without `isBound` a new secret id, for a `__Host-` cookie. Concurrent calls return the same id.
   * @throws AppError unavailable
   */
  async bindToPrefix(formerSid: string): Promise<string | undefined> {
    const found = await this.find(formerSid);
    if (!found?.userId || found.isBound) return undefined;
    const { userId, sessionId: id } = found;
    const sid = newSecretId();
    const content = this.#textWithMac(sid, { ...found, isBound: true });
    const moved = await this.#sessions.move(
      { userId, id, formerSid, sid },
      content,
      secondsLeft(found, this.#lifetime),
    );
    if (moved === undefined || moved === sid) return moved;
    // `moved` is the new secret id that an earlier call wrote to Redis. An attacker with access to Redis can change
    // `moved`, so check that `moved` belongs to this user and this session.
    const other = await this.find(moved);
    return other?.userId === userId && other.sessionId === id ? moved : undefined;
  }

  override async set(sid: string, session: SessionData, callback: Callback): Promise<void> {
    try {
      const created = this.#newSessions.get(session);
      if (!created) await super.set(sid, this.#mac.seal(sid, session));
      else if (created.saved === undefined) {
        const text = this.#textWithMac(sid, session);
        await this.#sessions.open(created.opening, text, secondsLeft(session, this.#lifetime));
        created.saved = withoutCookie(session);
      } else if (created.saved !== withoutCookie(session)) await super.set(sid, this.#mac.seal(sid, session));
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
   * Extends the idle time of a session, unless this process extended the idle time less than ten seconds ago. Ignores
   * errors of Redis.
   */
  noteUse(sid: string, session: Readonly<SessionData>): void {
    const nowMs = performance.now();
    if (nowMs - (this.#extendedAtMs.get(sid) ?? -Infinity) < EXTEND_EVERY_MS) return;
    this.#extendedAtMs.set(sid, nowMs);
    const { userId, sessionId: id } = session;
    this.#sessions.touch({ sid, userId, id }, secondsLeft(session, this.#lifetime));
  }
}

/**
 * Returns the session store for requests over plain HTTP. A session with `isBound` has a `__Host-` cookie, which
 * browsers send only over TLS. So the store does not find sessions with `isBound`.
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

/** Returns the time until the session ends. After the end, the number is zero or negative. */
function secondsLeft({ createdAt }: SessionData, { idleS, absoluteS }: SessionLifetime): number {
  const absoluteEndMs = Date.parse(createdAt) + absoluteS * 1000;
  // eslint-disable-next-line no-restricted-properties -- sessions outlive processes, so the code needs the time of day
  return Math.min(idleS, Math.ceil((absoluteEndMs - Date.now()) / 1000));
}

/**
 * Returns the session as text, so that `set` can compare a session with its previous save. The text omits `cookie`,
 * because express-session changes the expiry of the cookie between two saves.
 */
function withoutCookie(session: SessionData): string {
  return JSON.stringify({ ...session, cookie: undefined });
}

/** connect-redis expects the API of node-redis. `XX` changes only existing keys, so a save never creates a session. */
function writingOnlyWhatExists(redis: Redis) {
  return {
    get: (key: string) => redis.get(key),
    set: (key: string, value: string, { expiration }: { expiration: { type: 'EX'; value: number } }) =>
      redis.set(key, value, 'EX', expiration.value, 'XX'),
    del: (keys: string[]) => redis.del(...keys),
    expire: (key: string, ttlS: number) => redis.expire(key, ttlS),
  };
}
