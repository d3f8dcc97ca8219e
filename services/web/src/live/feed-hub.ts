import type { ActivityEvent } from '../api/queries.js';
import type { FeedState, LiveFeedPorts } from './live-feed.js';

/** Messages to a tab. `resync`: its data may be incomplete. */
export type FeedMessage = { state: FeedState } | { event: ActivityEvent } | { resync: true };

/** A tab's membership in the feed. */
export interface FeedPlace {
  /** Says whether the tab is visible. The feed is open while one of the tabs is visible. */
  watch(isWatched: boolean): void;
  leave(): void;
}

/**
 * Follows the feed until the signal aborts or the session is over.
 * @returns the id to resume after
 */
export type FollowFeed = (
  ports: Pick<LiveFeedPorts, 'onEvent' | 'onResync' | 'onState'>,
  signal: AbortSignal,
  lastEventId: string,
) => Promise<string>;

/**
 * One feed for many tabs of one session. A browser opens six connections to a site over HTTP/1.1, and a feed for each
 * tab would use them up. Each tab gets every event after it joined. If no tab is visible, the connection is closed;
 * later the feed resumes without a gap.
 */
export function createFeedHub(follow: FollowFeed): { join: (tell: (message: FeedMessage) => void) => FeedPlace } {
  const tabs = new Map<FeedPlace, { tell: (message: FeedMessage) => void; isWatched: boolean }>();
  let state: FeedState = { name: 'connecting' };
  let hasBeenLive = false;
  let standsAt = '';
  let run: AbortController | undefined;
  let turn: Promise<void> = Promise.resolve();

  const tellAll = (message: FeedMessage) => tabs.forEach(({ tell }) => tell(message));

  const ports: Parameters<FollowFeed>[0] = {
    onEvent(event) {
      standsAt = event.id;
      tellAll({ event });
    },
    onResync: () => tellAll({ resync: true }),
    onState(next) {
      state = next;
      hasBeenLive ||= next.name === 'live';
      tellAll({ state });
    },
  };

  function begin(): void {
    const current = new AbortController();
    run = current;
    // One run at a time: the former one must report its position first.
    turn = turn.then(async () => {
      if (current.signal.aborted) return;
      standsAt = await follow(ports, current.signal, standsAt);
      if (run === current) run = undefined; // the run ended by itself
    });
  }

  function adjust(): void {
    const isWatched = [...tabs.values()].some((tab) => tab.isWatched);
    if (isWatched && !run) begin();
    if (isWatched || !run) return;
    run.abort();
    run = undefined;
  }

  return {
    join(tell) {
      const tab = { tell, isWatched: false };
      const place: FeedPlace = {
        watch(isWatched) {
          tab.isWatched = isWatched;
          adjust();
        },
        leave() {
          tabs.delete(place);
          adjust();
        },
      };
      tabs.set(place, tab);
      tell({ state });
      // The tab read its data before it joined. Since then the feed may have sent events to other tabs.
      if (hasBeenLive) tell({ resync: true });
      return place;
    },
  };
}
