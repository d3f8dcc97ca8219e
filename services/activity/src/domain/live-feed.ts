import { AppError } from '@mainstay/errors';
import type { ActivityEvent } from './activity-log.js';
import type { Bell } from './bell.js';
import type { FeedSource, FeedStart } from './feed-start.js';

/** The receiver of a feed. Each call resolves when the receiver can take more, so a slow one slows the feed and nothing piles up. */
export interface FeedReader {
  event(event: ActivityEvent): Promise<void>;
  /** Sends the feed's position, without a new event. */
  standsAt(eventId: string): Promise<void>;
  /** The client's lists may be incomplete: it should read them again. */
  resync(standsAt: string | undefined): Promise<void>;
  heartbeat(): Promise<void>;
}

/** Signals that a feed receives. */
export interface FeedSignals {
  /** Rings when there may be new events. */
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

const PAGE_MAX = 500;
const RETRY_MS = 1_000;
/** At most one resync in this time: a rebuild takes minutes, and each resync makes the client read its lists. */
const RESYNC_PAUSE_MS = 2_000;

/**
 * Sends a client its events in the order of storing, each once, from the start's position on and never beyond the
 * watermark, until the signal aborts. While a store is down it waits, and continues from the same position.
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
    // A notice may be lost, so the store is read anyway: no event waits longer than a heartbeat.
    follower.ask();
    heartbeatAt = performance.now() + heartbeatMs;
  }
}

function createFollower({ userId, start, source, reader, signals }: Feed, signal: AbortSignal) {
  let { position } = start;
  let mustAsk = true;
  let owesResync = false;
  let resyncAt = -Infinity;

  /** Live events of the range are sent. For replayed ones the client is only told that there are some. */
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
    /** Resolves with the next time to look, even if the bell does not ring. */
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
