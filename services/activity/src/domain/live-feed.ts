import { AppError } from '@mainstay/errors';
import type { ActivityEvent } from './activity-log.js';
import type { Bell } from './bell.js';
import type { FeedSource, FeedStart } from './feed-start.js';

/** Who reads a feed. Each call resolves when the reader can take more: a slow one is waited for, and nothing piles up. */
export interface FeedReader {
  event(event: ActivityEvent): Promise<void>;
  /** Where the feed stands, without anything new. */
  standsAt(eventId: string): Promise<void>;
  /** What the reader has may be incomplete: it should read its lists again. */
  resync(standsAt: string | undefined): Promise<void>;
  heartbeat(): Promise<void>;
}

/** What the outside tells a feed. */
export interface FeedSignals {
  /** Rings when there may be something to do. */
  readonly bell: Bell;
  /** The highest position known to be stored; null = none is known yet. */
  knownWatermark(): string | null;
  /** Whether notices may have been missed since the last call. */
  takeMissed(): boolean;
  /** Whether history began to be sent again since the last call. */
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

const pageMax = 500;
const retryMs = 1_000;
/** At most one resync in this time: a rebuild goes on for minutes, and each one makes the reader ask for its lists. */
const resyncPauseMs = 2_000;

/**
 * Shows a reader its events in the order of storing, each once, from the start's position on and never beyond the
 * watermark, until the signal aborts. While a store is away it waits, and goes on where it stood.
 */
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
    // A notice may be lost on its way: the source itself is asked, so that no event waits longer than a heartbeat.
    follower.ask();
    heartbeatAt = performance.now() + heartbeatMs;
  }
}

function createFollower({ userId, start, source, reader, signals }: Feed, signal: AbortSignal) {
  let { position } = start;
  let mustAsk = true;
  let owesResync = false;
  let resyncAt = -Infinity;

  /** The range's live events are shown; of replayed ones the reader is only told that there are some. */
  async function showUpTo(upTo: string): Promise<void> {
    while (position < upTo && !signal.aborted) {
      const events = await source.activityLog.between({ userId, after: position, upTo, limit: pageMax });
      for (const event of events) {
        if (event.replayed) owesResync = true;
        else await reader.event(event);
        if (signal.aborted) return;
        position = event.position;
      }
      if (events.length < pageMax) position = upTo;
    }
  }

  async function settleResync(): Promise<void> {
    if (!owesResync || performance.now() < resyncAt) return;
    owesResync = false;
    resyncAt = performance.now() + resyncPauseMs;
    await reader.resync(undefined);
  }

  return {
    ask() {
      mustAsk = true;
    },
    /** Resolves with when to look again, even if the bell does not ring. */
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
        return performance.now() + retryMs;
      }
      await settleResync();
      return owesResync ? resyncAt : Infinity;
    },
  };
}
