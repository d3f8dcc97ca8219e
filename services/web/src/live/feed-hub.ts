import type { ActivityEvent } from '../api/queries.js';
import type { FeedState, LiveFeedPorts } from './live-feed.js';

/** A message to a tab. `resync`: the tab may have missed events and must read its data again. */
export type FeedMessage = { state: FeedState } | { event: ActivityEvent } | { resync: true };

/** A tab's connection to the shared feed. */
export interface FeedPlace {
  /** Call this when the tab becomes visible or hidden. The feed is open while at least one tab is visible. */
  watch(isWatched: boolean): void;
  leave(): void;
}

/**
 * Follows the feed until the signal aborts, or the session ends or changes.
 * @returns the last received id. The next run resumes after this id.
 */
export type FollowFeed = (
  ports: Pick<LiveFeedPorts, 'onEvent' | 'onResync' | 'onState'>,
  signal: AbortSignal,
  lastEventId: string,
) => Promise<string>;

/**
 * Shares one live feed among all tabs, because an HTTP/1.1 browser opens at most six connections per site. While no tab
 * is visible, the feed is closed.
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
    // Wait for the previous run, because it returns the id after which this run resumes.
    turn = turn.then(async () => {
      if (current.signal.aborted) return;
      standsAt = await follow(ports, current.signal, standsAt);
      if (run === current) run = undefined; // the run ended by itself, so a new run begins when a tab becomes visible
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
      // The tab may have missed events between its first read and `join`.
      if (hasBeenLive) tell({ resync: true });
      return place;
    },
  };
}
