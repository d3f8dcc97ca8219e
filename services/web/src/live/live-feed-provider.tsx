import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { ActivityEvent } from '../api/queries.js';
import { announceIdentityDoubt } from '../api/session-events.js';
import { afterPaint } from './after-paint.js';
import { applyEvent, readAgain } from './apply-event.js';
import type { FeedMessage, FeedPlace } from './feed-hub.js';
import { joinFeed } from './join-feed.js';
import type { FeedState } from './live-feed.js';

/** A tab counts as visible until it has been hidden for this time. */
const HIDDEN_MAX_MS = 60_000;

type EventListener = (event: ActivityEvent) => void;

interface Live {
  state: FeedState;
  /** @returns a function that removes the listener */
  listen: (listener: EventListener) => () => void;
}

const LiveContext = createContext<Live>({ state: { name: 'connecting' }, listen: () => () => undefined });

export function useFeedState(): FeedState {
  return useContext(LiveContext).state;
}

/** Calls the listener once for each event that arrives. */
export function useLiveEvents(listener: EventListener): void {
  const { listen } = useContext(LiveContext);
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => listen((event) => latest.current(event)), [listen]);
}

/** Joins the live feed of a session, and updates the page's data after each event. */
export function LiveFeedProvider({ sessionId, children }: { sessionId: string; children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<FeedState>({ name: 'connecting' });
  const listeners = useRef(new Set<EventListener>());
  const place = useRef<FeedPlace>(undefined);

  useEffect(() => {
    function hear(message: FeedMessage): void {
      if ('resync' in message) return readAgain(queryClient);
      if ('event' in message) {
        applyEvent(queryClient, message.event);
        return listeners.current.forEach((listener) => listener(message.event));
      }
      setState(message.state);
      if (message.state.name === 'ended') announceIdentityDoubt();
    }
    const leave = () => {
      place.current?.leave();
      place.current = undefined;
    };
    const cancel = afterPaint(() => {
      place.current = joinFeed(sessionId, hear);
      place.current.watch(true);
    });
    window.addEventListener('pagehide', leave);
    return () => {
      cancel();
      leave();
      window.removeEventListener('pagehide', leave);
    };
  }, [sessionId, queryClient]);
  useWatching((isWatched) => place.current?.watch(isWatched));

  const live = useMemo<Live>(
    () => ({
      state,
      listen(listener) {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [state],
  );
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

/** Calls `changed` when the page becomes visible, and when it has been hidden for a minute. */
function useWatching(changed: (isWatched: boolean) => void): void {
  const latest = useRef(changed);
  useEffect(() => {
    latest.current = changed;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => latest.current(false), HIDDEN_MAX_MS);
      else latest.current(true);
    };
    document.addEventListener('visibilitychange', look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
}
