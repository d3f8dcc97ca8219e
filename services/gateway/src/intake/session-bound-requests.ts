import { AppError } from '@mainstay/errors';
import type { CurrentSession } from './current-session.js';

/** A request that ends with its session: a live feed, or a request that a service answers. */
export interface SessionBoundRequest {
  session: CurrentSession;
  /** The client's address from `addressGroupOf`. Feeds are limited by it. */
  addressGroup?: string;
  /** Ends the request. `reason` is the response if none has begun. */
  end(reason: AppError): void;
}

/** The current requests of this process that end with their session. */
export interface SessionBoundRequests {
  /**
   * Adds a live feed, then asks Redis whether its session still exists, so that no revocation is missed in between.
   * Returns a function that removes the feed.
   * @throws AppError unauthenticated if the session has just ended, unavailable if there are too many feeds,
   * rate_limited if too many come from one address; InstanceStopping
   */
  openFeed(feed: SessionBoundRequest): Promise<() => void>;
  /**
   * Adds a request whose session has just been read, until `forget`. Ends the request at once if the session was
   * revoked since.
   */
  watch(request: SessionBoundRequest): void;
  forget(request: SessionBoundRequest): void;
  /** Ends all requests of a session. */
  endOf(sessionId: string): void;
  /** Whether `endOf` was called for this session in the last 30 seconds. */
  hasEnded(sessionId: string): boolean;
  /**
   * Asks Redis which sessions still exist, and ends the requests of sessions that expired or whose revocation was
   * missed.
   */
  recheck(): Promise<void>;
}

export interface SessionBoundRequestsOptions {
  /** Which of these secret session ids still exist, in the same order. */
  exist: (sids: readonly string[]) => Promise<boolean[]>;
  feedsMax: number;
  /** Feeds from one IPv4 address or IPv6 /56. Without this limit one client with many users could take all feeds. */
  addressFeedsMax: number;
  /** Ends all feeds when it is aborted, so that clients connect to another instance. */
  drainSignal: AbortSignal;
}

/** Why a feed ends or is refused on a draining instance. The client retries and reaches another instance. */
export class InstanceStopping extends AppError {
  constructor() {
    super('unavailable', 'This instance is stopping.', { retryAfterS: 1 });
  }
}

/** A revocation is remembered this long. Every request is watched well within this time after its session was read. */
const REVOCATION_REMEMBERED_MS = 30_000;

export function createSessionBoundRequests(options: SessionBoundRequestsOptions): SessionBoundRequests {
  const { exist, feedsMax, addressFeedsMax, drainSignal } = options;
  const feeds = new Set<SessionBoundRequest>();
  const requests = new Set<SessionBoundRequest>();
  /** When each session was revoked, by public id, oldest first. */
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
