import { AppError } from '@mainstay/errors';
import type { CurrentSession } from './current-session.js';
import type { UserSessions } from './user-sessions.js';

/** Why a feed ends, or does not begin, on an instance that drains: its client comes back and finds another one. */
export class InstanceStopping extends AppError {
  constructor() {
    super('unavailable', 'This instance is stopping.', { retryAfterS: 1 });
  }
}

/** A live feed, or a request that a service answers. */
export interface LiveFeed {
  session: CurrentSession;
  /** Whom the bound by address counts it for: `addressGroupOf` its request. */
  addressGroup?: string;
  /** Ends it, whether its reply has begun or not; `reason` is the answer where it has not. */
  end(reason: AppError): void;
}

/** The live feeds that run through this process, and all else that is under way for a session, so that each ends with it. */
export interface LiveFeeds {
  /**
   * From here on the feed ends when its session does. Returns what to call when it has ended by itself.
   * @throws AppError unauthenticated where its session has just ended, unavailable where there are too many feeds, rate_limited where too many
   * come from one address; InstanceStopping
   */
  open(feed: LiveFeed): Promise<() => void>;
  /** The same for a request, whose session has just been looked at. It ends at once where a revocation was heard since. */
  watch(request: LiveFeed): () => void;
  endOf(sessionId: string): void;
  /** Whether `endOf` was called for this session in the last 30 seconds. */
  hasEnded(sessionId: string): boolean;
  /** Asks Redis which sessions still exist, and ends the feeds of the others: those that expired, or whose revocation was not heard. */
  recheck(): Promise<void>;
}

export interface LiveFeedsOptions {
  sessions: Pick<UserSessions, 'exist'>;
  feedsMax: number;
  /** Feeds from one IPv4 address or IPv6 /56: else whoever registers many users takes all of them. */
  addressFeedsMax: number;
  /** All feeds end when it is aborted; clients go to another instance. */
  drainSignal: AbortSignal;
}

/** A session is looked at well within this time before its request is watched: a revocation that was heard in between is remembered so long. */
const heardRememberedMs = 30_000;

export function createLiveFeeds(options: LiveFeedsOptions): LiveFeeds {
  const { sessions, feedsMax, addressFeedsMax, drainSignal } = options;
  const open = new Set<LiveFeed>();
  const requests = new Set<LiveFeed>();
  /** Public ids of sessions, oldest first. */
  const heard = new Map<string, number>();

  function endWhere(matches: (feed: LiveFeed) => boolean, among: Set<LiveFeed>[], reason: () => AppError): void {
    for (const feeds of among) {
      for (const feed of feeds) {
        if (!matches(feed)) continue;
        feeds.delete(feed);
        feed.end(reason());
      }
    }
  }

  function refuseTooMany({ addressGroup }: LiveFeed): void {
    if (open.size >= feedsMax) throw new AppError('unavailable', 'Too many live feeds.', { retryAfterS: 5 });
    let fromThere = 0;
    for (const feed of open) if (feed.addressGroup === addressGroup) fromThere += 1;
    if (fromThere < addressFeedsMax) return;
    throw new AppError('rate_limited', 'Too many live feeds from this address.', { retryAfterS: 15 });
  }

  drainSignal.addEventListener('abort', () =>
    endWhere(
      () => true,
      [open],
      () => new InstanceStopping(),
    ),
  );

  return {
    async open(feed) {
      if (drainSignal.aborted) throw new InstanceStopping();
      refuseTooMany(feed);
      open.add(feed);
      const [exists] = await sessions.exist([feed.session.sid]).catch((error: unknown) => {
        open.delete(feed);
        throw error;
      });
      if (!exists) {
        open.delete(feed);
        throw sessionEnded();
      }
      return () => open.delete(feed);
    },
    watch(request) {
      if (heard.has(request.session.id)) request.end(sessionEnded());
      else requests.add(request);
      return () => requests.delete(request);
    },
    endOf(sessionId) {
      const now = performance.now();
      heard.delete(sessionId);
      heard.set(sessionId, now);
      for (const [id, heardMs] of heard) {
        if (now - heardMs < heardRememberedMs) break;
        heard.delete(id);
      }
      endWhere((feed) => feed.session.id === sessionId, [open, requests], sessionEnded);
    },
    hasEnded: (sessionId) => heard.has(sessionId),
    async recheck() {
      const feeds = [...open, ...requests];
      const exist = await sessions.exist(feeds.map((feed) => feed.session.sid));
      const ended = new Set(feeds.filter((_, index) => !exist[index]));
      endWhere((feed) => ended.has(feed), [open, requests], sessionEnded);
    },
  };
}

const sessionEnded = (): AppError => new AppError('unauthenticated', 'This session has ended.');
