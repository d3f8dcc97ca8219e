import { AppError } from '@mainstay/errors';
import type { ActivityEvent } from './activity-log.js';
import type { Bell } from './bell.js';
import type { FeedSource, FeedStart } from './feed-start.js';

/** The receiver of a feed. Each call resolves when the receiver accepts more data. */
export interface FeedReader {
  event(event: ActivityEvent): Promise<void>;
  /** Sends only an id, after which the client can resume. */
  standsAt(eventId: string): Promise<void>;
  /** Asks the client to read its lists again. */
  resync(standsAt: string | undefined): Promise<void>;
  heartbeat(): Promise<void>;
}

export interface FeedSignals {
  /** Rings when the event log may contain new events. */
  readonly bell: Bell;
  /** All events up to this position are stored. Null before the first notice. */
  knownWatermark(): string | null;
  /** True if a notice may have been lost since the previous call. */
  takeMissed(): boolean;
  /** True if the relay started to send old events again since the previous call. */
  takeResync(): boolean;
  /** Runs with each heartbeat. */
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
/** Shortest time between two resync messages, because each resync makes the client read its lists. */
const RESYNC_PAUSE_MS = 2_000;

/** Sends each new event once, in stream order, until the signal aborts. While a store is down, the feed waits. */
export async function runFeed(feed: Feed, signal: AbortSignal): Promise<void> {
  const { start, reader, signals, heartbeatMs } = feed;
  const follower = createFollower(feed, signal);
  if (start.needsResync) await reader.resync(start.standsAt);
  else if (start.standsAt !== undefined) await reader.standsAt(start.standsAt);

  let heartbeatAt = performance.now() + heartbeatMs;
  while (!signal.aborted) {
    const nextLookAt = await follower.catchUp();
    await signals.bell.wait(Math.min(heartbeatAt, nextLookAt) - performance.now(), signal);
    if (performance.now() < heartbeatAt || signal.aborted) continue;
    await reader.heartbeat();
    await signals.onHeartbeat();
    // A notice can be lost, so ask for the position with each heartbeat.
    follower.ask();
    heartbeatAt = performance.now() + heartbeatMs;
  }
}

function createFollower({ userId, start, source, reader, signals }: Feed, signal: AbortSignal) {
  let { position } = start;
  let mustAsk = true;
  let owesResync = false;
  let resyncAt = -Infinity;

  /** Sends the new events up to `upTo`. Replayed events cause one resync. */
  async function showUpTo(upTo: string): Promise<void> {
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

  async function settleResync(): Promise<void> {
    if (!owesResync || performance.now() < resyncAt) return;
    owesResync = false;
    resyncAt = performance.now() + RESYNC_PAUSE_MS;
    await reader.resync(undefined);
  }

  return {
    ask() {
      mustAsk = true;
    },
    /** Sends the available events. Returns the time of the next attempt. */
    async catchUp(): Promise<number> {
      if (signals.takeMissed()) mustAsk = true;
      if (signals.takeResync()) owesResync = true;
      try {
        const upTo = mustAsk ? await source.readWatermark() : signals.knownWatermark();
        mustAsk = false;
        if (upTo !== null) await showUpTo(upTo);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'unavailable') throw error;
        mustAsk = true;
        return performance.now() + RETRY_MS;
      }
      await settleResync();
      return owesResync ? resyncAt : Infinity;
    },
  };
}
