import { randomUUID } from 'node:crypto';
import { AppError } from '@mainstay/errors';
import { createBell, type Bell } from './bell.js';
import { startOfFeed, type FeedSource } from './feed-start.js';
import { runFeed, type FeedReader, type FeedSignals } from './live-feed.js';

/** A *place* is the right to keep one live feed open. Each user has a limited number of places over all replicas. */
export interface FeedPlaces {
  /** Returns false if the user has no free place. Throws AppError unavailable while Redis is down. */
  take(userId: string, feedId: string): Promise<boolean>;
  /** Extends the time for which a place is valid. A place that is not renewed expires. Never rejects. */
  renew(userId: string, feedId: string): Promise<void>;
  /** Releases the place of a feed. Never rejects. */
  free(userId: string, feedId: string): Promise<void>;
}

export interface LiveFeed {
  /** Sends the events to the client until the signal aborts. */
  run(reader: FeedReader, signal: AbortSignal): Promise<void>;
}

export interface LiveFeeds {
  /**
   * Opens a feed of the user's events after `lastEventId`. Without that id, the feed begins with the next event. The
   * number of open feeds is limited, and a feed counts as open until `run` ends. So the caller must always call `run`.
   * @throws AppError rate_limited · unavailable
   */
  open(feed: { userId: string; lastEventId: string | undefined }): Promise<LiveFeed>;
  /** Handles a notice: all events up to `position` are stored, and the users in `subjects` may have new events. */
  onStored(notice: { position: string; subjects: readonly string[] }): void;
  /** Handles the notice that old events are sent again. */
  onResync(): void;
  /** Handles a new subscription to the notices. Earlier notices were possibly lost. */
  onSubscribed(): void;
  count(): number;
}

export interface LiveFeedsOptions extends FeedSource {
  places: FeedPlaces;
  /** Highest number of open feeds in this process. */
  feedsMax: number;
  heartbeatMs?: number;
}

/** The state of one running feed. Messages from Redis ring the bell and set the flags. The feed clears the flags. */
interface Listener {
  readonly bell: Bell;
  missed: boolean;
  needsResync: boolean;
}

/** Manages the live feeds of this process. */
export function createLiveFeeds({ places, feedsMax, heartbeatMs = 15_000, ...source }: LiveFeedsOptions): LiveFeeds {
  const listeners = createListeners();
  let watermark: string | null = null;
  let count = 0;

  async function begin(userId: string, lastEventId: string | undefined): Promise<LiveFeed> {
    const feedId = randomUUID();
    if (!(await places.take(userId, feedId))) {
      throw new AppError('rate_limited', 'You have too many open live feeds. Close one, then try again.', {
        retryAfterS: 15,
      });
    }
    const freePlace = () => places.free(userId, feedId);
    try {
      const start = await startOfFeed(source, userId, lastEventId);
      return {
        async run(reader, signal) {
          const listener = listeners.enter(userId);
          const signals = { ...signalsOf(listener), onHeartbeat: () => places.renew(userId, feedId) };
          try {
            await runFeed({ userId, start, source, reader, signals, heartbeatMs }, signal);
          } finally {
            listeners.leave(userId, listener);
            count -= 1;
            await freePlace();
          }
        },
      };
    } catch (error) {
      await freePlace();
      throw error;
    }
  }

  function signalsOf(listener: Listener): Omit<FeedSignals, 'onHeartbeat'> {
    return {
      bell: listener.bell,
      knownWatermark: () => watermark,
      takeMissed: () => take(listener, 'missed'),
      takeResync: () => take(listener, 'needsResync'),
    };
  }

  return {
    async open({ userId, lastEventId }) {
      if (count >= feedsMax) throw new AppError('unavailable', undefined, { retryAfterS: 15 });
      count += 1;
      try {
        return await begin(userId, lastEventId);
      } catch (error) {
        count -= 1;
        throw error;
      }
    },
    onStored({ position, subjects }) {
      if (watermark === null || watermark < position) watermark = position;
      for (const userId of subjects) for (const { bell } of listeners.of(userId)) bell.ring();
    },
    onResync: () => listeners.wakeAll((listener) => (listener.needsResync = true)),
    onSubscribed: () => listeners.wakeAll((listener) => (listener.missed = true)),
    count: () => count,
  };
}

function createListeners() {
  const byUser = new Map<string, Set<Listener>>();
  return {
    of: (userId: string): Iterable<Listener> => byUser.get(userId) ?? [],
    enter(userId: string): Listener {
      const listener: Listener = { bell: createBell(), missed: false, needsResync: false };
      byUser.set(userId, (byUser.get(userId) ?? new Set()).add(listener));
      return listener;
    },
    leave(userId: string, listener: Listener): void {
      const listeners = byUser.get(userId);
      listeners?.delete(listener);
      if (listeners?.size === 0) byUser.delete(userId);
    },
    wakeAll(change: (listener: Listener) => void): void {
      for (const listeners of byUser.values()) {
        for (const listener of listeners) {
          change(listener);
          listener.bell.ring();
        }
      }
    },
  };
}

function take(listener: Listener, flag: 'missed' | 'needsResync'): boolean {
  const value = listener[flag];
  listener[flag] = false;
  return value;
}
