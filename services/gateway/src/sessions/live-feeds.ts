import { AppError } from '@mainstay/errors';
import type { CurrentSession } from './current-session.js';
import type { UserSessions } from './user-sessions.js';

export interface LiveFeed {
  session: CurrentSession;
  /** Ends the feed, whether it has begun or not; `reason` is the answer where it has not. */
  end(reason: AppError): void;
}

/** The live feeds that run through this process, so that each ends with its session. */
export interface LiveFeeds {
  /**
   * From here on the feed ends when its session does. Returns what to call when it has ended by itself.
   * @throws AppError unauthenticated where its session has just ended, unavailable where there are too many feeds or the process is stopping
   */
  open(feed: LiveFeed): Promise<() => void>;
  endOf(sessionId: string): void;
  /** Asks Redis which sessions still exist, and ends the feeds of the others: those that expired, or whose revocation was not heard. */
  recheck(): Promise<void>;
}

export interface LiveFeedsOptions {
  sessions: Pick<UserSessions, 'exist'>;
  feedsMax: number;
  /** All feeds end when it is aborted; clients go to another instance. */
  drainSignal: AbortSignal;
}

export function createLiveFeeds({ sessions, feedsMax, drainSignal }: LiveFeedsOptions): LiveFeeds {
  const open = new Set<LiveFeed>();

  function endWhere(matches: (feed: LiveFeed) => boolean, reason: () => AppError): void {
    for (const feed of open) {
      if (!matches(feed)) continue;
      open.delete(feed);
      feed.end(reason());
    }
  }

  drainSignal.addEventListener('abort', () => endWhere(() => true, isStopping));

  return {
    async open(feed) {
      if (drainSignal.aborted) throw isStopping();
      if (open.size >= feedsMax) throw new AppError('unavailable', 'Too many live feeds.', { retryAfterS: 5 });
      open.add(feed);
      const [exists] = await sessions.exist([feed.session.sid]).catch((error: unknown) => {
        open.delete(feed);
        throw error;
      });
      if (!exists) {
        open.delete(feed);
        throw hasEnded();
      }
      return () => open.delete(feed);
    },
    endOf(sessionId) {
      endWhere((feed) => feed.session.id === sessionId, hasEnded);
    },
    async recheck() {
      const feeds = [...open];
      const exist = await sessions.exist(feeds.map((feed) => feed.session.sid));
      const ended = new Set(feeds.filter((_, index) => !exist[index]));
      endWhere((feed) => ended.has(feed), hasEnded);
    },
  };
}

const hasEnded = (): AppError => new AppError('unauthenticated', 'This session has ended.');
const isStopping = (): AppError => new AppError('unavailable', 'This instance is stopping.', { retryAfterS: 1 });
