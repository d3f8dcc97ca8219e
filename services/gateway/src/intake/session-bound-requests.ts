import { AppError } from '@mainstay/errors';
import type { CurrentSession } from './current-session.js';

/**
 * A live feed or any other request that the gateway forwards to a service for a signed-in user. When the session of the
 * user ends, the gateway ends the request.
 */
export interface SessionBoundRequest {
  session: CurrentSession;
  /** The client's IPv4 address, or the /56 network of the client's IPv6 address. Only live feeds need this field. */
  addressGroup?: string;
  /**
   * Ends the request. If no response has begun, the client gets `reason` as the error response. With
   * `InstanceStopping`, the client gets an empty feed instead.
   */
  end(reason: AppError): void;
}

/** The current requests that this process forwards for signed-in users. */
export interface SessionBoundRequests {
  /**
   * Adds a live feed, and returns a function that removes the feed.
   * @throws AppError unauthenticated if the session has ended
   * @throws AppError unavailable if this process has too many feeds, or while Redis does not respond
   * @throws AppError rate_limited if too many feeds come from one IPv4 address or from one IPv6 /56 network
   * @throws InstanceStopping while this process shuts down
   */
  openFeed(feed: SessionBoundRequest): Promise<() => void>;
  /**
   * Adds a request. Until `forget` removes the request, a revocation of the session ends the request. Call `watch`
   * within 30 seconds after the session was read, because this process can forget a revocation after 30 seconds.
   */
  watch(request: SessionBoundRequest): void;
  forget(request: SessionBoundRequest): void;
  /** Ends all requests of a revoked session, and remembers the public id of the session for at least 30 seconds. */
  endOf(sessionId: string): void;
  /** True if this process remembers a revocation of the session. */
  hasEnded(sessionId: string): boolean;
  /** Ends the requests whose session no longer exists in Redis. */
  recheck(): Promise<void>;
}

export interface SessionBoundRequestsOptions {
  /** Checks which secret session ids exist in Redis, for example `['alive', 'ended']` → `[true, false]`. */
  exist: (sids: readonly string[]) => Promise<boolean[]>;
  feedsMax: number;
  /** Highest number of feeds from one IPv4 address or from one IPv6 /56 network. */
  addressFeedsMax: number;
  /** When this signal aborts, the gateway ends all feeds. Their clients then connect to a different instance. */
  drainSignal: AbortSignal;
}

/** While this instance shuts down, all open feeds and all new feeds end with this error. */
export class InstanceStopping extends AppError {
  constructor() {
    super('unavailable', 'This instance is stopping.', { retryAfterS: 1 });
  }
}

/**
 * A session can be revoked after the gateway has read the session, but before the gateway has added the request. So
 * this process remembers each revocation for this time.
 */
const REVOCATION_REMEMBERED_MS = 30_000;

export function createSessionBoundRequests(options: SessionBoundRequestsOptions): SessionBoundRequests {
  const { exist, feedsMax, addressFeedsMax, drainSignal } = options;
  const feeds = new Set<SessionBoundRequest>();
  const requests = new Set<SessionBoundRequest>();
  /** Time of each revocation. The key is the public session id, and the oldest revocation comes first. */
  const revokedAtMs = new Map<string, number>();

  function endWhere(
    matches: (request: SessionBoundRequest) => boolean,
    among: Set<SessionBoundRequest>[],
    reason: () => AppError,
  ): void {
    for (const set of among) {
      for (const request of set) {
        if (!matches(request)) continue;
        set.delete(request);
        request.end(reason());
      }
    }
  }

  function refuseTooMany({ addressGroup }: SessionBoundRequest): void {
    if (feeds.size >= feedsMax) throw new AppError('unavailable', 'Too many live feeds.', { retryAfterS: 5 });
    let fromThere = 0;
    for (const feed of feeds) if (feed.addressGroup === addressGroup) fromThere += 1;
    if (fromThere < addressFeedsMax) return;
    throw new AppError('rate_limited', 'Too many live feeds from this address.', { retryAfterS: 15 });
  }

  drainSignal.addEventListener('abort', () =>
    endWhere(
      () => true,
      [feeds],
      () => new InstanceStopping(),
    ),
  );

  return {
    async openFeed(feed) {
      if (drainSignal.aborted) throw new InstanceStopping();
      refuseTooMany(feed);
      // Add the feed before its session is checked, so that a revocation during the check ends the feed.
      feeds.add(feed);
      const [exists] = await exist([feed.session.sid]).catch((error: unknown) => {
        feeds.delete(feed);
        throw error;
      });
      if (!exists) {
        feeds.delete(feed);
        throw sessionEnded();
      }
      return () => feeds.delete(feed);
    },
    watch(request) {
      if (revokedAtMs.has(request.session.id)) request.end(sessionEnded());
      else requests.add(request);
    },
    forget: (request) => void requests.delete(request),
    endOf(sessionId) {
      const nowMs = performance.now();
      revokedAtMs.delete(sessionId);
      revokedAtMs.set(sessionId, nowMs);
      for (const [id, atMs] of revokedAtMs) {
        if (nowMs - atMs < REVOCATION_REMEMBERED_MS) break;
        revokedAtMs.delete(id);
      }
      endWhere(({ session }) => session.id === sessionId, [feeds, requests], sessionEnded);
    },
    hasEnded: (sessionId) => revokedAtMs.has(sessionId),
    async recheck() {
      const all = [...feeds, ...requests];
      const alive = await exist(all.map(({ session }) => session.sid));
      const ended = new Set(all.filter((_, index) => !alive[index]));
      endWhere((request) => ended.has(request), [feeds, requests], sessionEnded);
    },
  };
}

const sessionEnded = (): AppError => new AppError('unauthenticated', 'This session has ended.');
