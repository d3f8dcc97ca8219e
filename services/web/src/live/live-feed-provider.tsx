import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { openStream } from '../api/client.js';
import type { ActivityEvent } from '../api/queries.js';
import { followFeed, type FeedState } from './live-feed.js';
import { applyEvent, readAgain } from './apply-event.js';
import { afterPaint } from './after-paint.js';
import { waitUntil } from './wait-until.js';

/** A tab that nobody looks at gives its connection back after so long: a browser has six for a site, and the feed resumes exactly. */
const HIDDEN_MAX_MS = 60_000;

type EventListener = (event: ActivityEvent) => void;

interface Live {
  state: FeedState;
  /** @returns what ends the listening */
  listen: (listener: EventListener) => () => void;
}

const LiveContext = createContext<Live>({ state: { name: 'connecting' }, listen: () => () => undefined });

export function useFeedState(): FeedState {
  return useContext(LiveContext).state;
}

/** Calls with each event as it happens, once. */
export function useLiveEvents(listener: EventListener): void {
  const { listen } = useContext(LiveContext);
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => listen((event) => latest.current(event)), [listen]);
}

/** One feed for the whole page, which keeps what is on it up to date. */
export function LiveFeedProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<FeedState>({ name: 'connecting' });
  const listeners = useRef(new Set<EventListener>());
  const isWatched = useIsWatched();
  const standsAt = useRef('');

  useEffect(() => {
    if (!isWatched) return undefined;
    const leave = new AbortController();
    const follow = async () => {
      standsAt.current = await followFeed(
        {
          open: openFeed,
          onEvent(event) {
            standsAt.current = event.id;
            applyEvent(queryClient, event);
            listeners.current.forEach((listener) => listener(event));
          },
          onResync: () => readAgain(queryClient),
          onState: setState,
          waitUntil,
          now: Date.now,
        },
        leave.signal,
        standsAt.current,
      );
    };
    const cancel = afterPaint(() => void follow());
    return () => {
      cancel();
      leave.abort();
    };
  }, [isWatched, queryClient]);

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

async function openFeed(lastEventId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
  const { body } = await openStream('/v1/activity/live', signal, headers);
  if (!body) throw new Error('The feed has no body.');
  return body;
}

/** Whether somebody can see the page, or could a minute ago. */
function useIsWatched(): boolean {
  const [isWatched, setWatched] = useState(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => setWatched(false), HIDDEN_MAX_MS);
      else setWatched(true);
    };
    document.addEventListener('visibilitychange', changed);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', changed);
    };
  }, []);
  return isWatched;
}
