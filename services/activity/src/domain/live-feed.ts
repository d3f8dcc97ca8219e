import { AppError } from '@mainstay/errors';
import type { ActivityEvent } from './activity-log.js';
import type { Bell } from './bell.js';
import type { FeedSource, FeedStart } from './feed-start.js';

/** The client of a live feed. Each call resolves when the client's connection accepts more data. */
export interface FeedReader {
  event(event: ActivityEvent): Promise<void>;
  /** Sends only an event's id. A client that reconnects resumes after this event. */
  standsAt(eventId: string): Promise<void>;
  /**
   * Asks the client to read its lists again. Also sends `standsAt`, the id of the event after which a client that
   * reconnects resumes. If `standsAt` is undefined, no id is sent.
   */
  resync(standsAt: string | undefined): Promise<void>;
  heartbeat(): Promise<void>;
}

/**
 * How a feed learns of new events. After events are stored, Redis delivers a *notice* with the *watermark*: all events
 * up to this position are stored, except dead letters.
 */
export interface FeedSignals {
  /** Rings when the feed possibly has something to send. */
  readonly bell: Bell;
  /** The highest watermark of all notices. Null before the first notice. */
  knownWatermark(): string | null;
  /** True if a notice was possibly lost since the previous call. */
  takeMissed(): boolean;
  /** True if a service began to send old events again since the previous call. */
  takeResync(): boolean;
  onHeartbeat(): Promise<void>;
}

export interface Feed {
  readonly userId: string;
  readonly start: FeedStart;
  readonly source: FeedSource;
  readonly reader: FeedReader;
  readonly signals: FeedSignals;
  readonly heartbeatMs: number;
}

const PAGE_MAX = 500;
const RETRY_MS = 1_000;
/** Shortest time between two resync messages of a running feed, because each one makes the client read its lists. */
const RESYNC_PAUSE_MS = 2_000;

/** Sends each new event once, sorted by position, until the signal aborts. While a store is down, the feed waits. */
export async function runFeed(feed: Feed, signal: AbortSignal): Promise<void> {
  const { start, reader, signals, heartbeatMs } = feed;
  const follower = createFollower(feed, signal);
  if (start.needsResync) await reader.resync(start.standsAt);
  else if (start.standsAt !== undefined) await reader.standsAt(start.standsAt);

  let heartbeatAt = performance.now() + heartbeatMs;
  while (!signal.aborted) {
    const nextAttemptAt = await follower.catchUp();
    await signals.bell.wait(Math.min(heartbeatAt, nextAttemptAt) - performance.now(), signal);
    if (performance.now() < heartbeatAt || signal.aborted) continue;
    await reader.heartbeat();
    await signals.onHeartbeat();
    // A notice can be lost, so the next attempt reads the watermark from Redis.
    follower.distrustNotices();
    heartbeatAt = performance.now() + heartbeatMs;
  }
}

function createFollower({ userId, start, source, reader, signals }: Feed, signal: AbortSignal) {
  let { position } = start;
  let mustReadWatermark = true;
  let owesResync = false;
  let resyncAt = -Infinity;

  /**
   * Sends the events up to the position `upTo`, except replayed events. A replayed event is an old event that a
   * service sent again. For replayed events, the client must read its lists again, so the feed owes a resync.
   */
  async function sendUpTo(upTo: string): Promise<void> {
    while (position < upTo && !signal.aborted) {
      const events = await source.activityLog.between({ userId, after: position, upTo, limit: PAGE_MAX });
      for (const event of events) {
        if (event.replayed) owesResync = true;
        else await reader.event(event);
        if (signal.aborted) return;
        position = event.position;
      }
      if (events.length < PAGE_MAX) position = upTo;
    }
  }

  async function sendDueResync(): Promise<void> {
    if (!owesResync || performance.now() < resyncAt) return;
    owesResync = false;
    resyncAt = performance.now() + RESYNC_PAUSE_MS;
    await reader.resync(undefined);
  }

  return {
    distrustNotices() {
      mustReadWatermark = true;
    },
    /** Sends the stored events. Returns when to call it again, or Infinity if nothing is due. */
    async catchUp(): Promise<number> {
      if (signals.takeMissed()) mustReadWatermark = true;
      if (signals.takeResync()) owesResync = true;
      try {
        const upTo = mustReadWatermark ? await source.readWatermark() : signals.knownWatermark();
        mustReadWatermark = false;
        if (upTo !== null) await sendUpTo(upTo);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'unavailable') throw error;
        mustReadWatermark = true;
        return performance.now() + RETRY_MS;
      }
      await sendDueResync();
      return owesResync ? resyncAt : Infinity;
    },
  };
}
