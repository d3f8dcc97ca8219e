/** A client of the live feed. After a disconnect, the client resumes the feed, as a browser does. */
import { setTimeout as delay } from 'node:timers/promises';
import { openHttpClient, type Target } from './http-client.ts';

const RETRY_MS = 300;

export type LiveFeed = ReturnType<typeof watchLive>;
/** How one connection ended. `status` is 0 if there was no reply. `isClean`: the server or this client ended the connection properly. */
export interface FeedEnd {
  beganAt: number;
  status: number;
  isClean: boolean;
}
interface Watched {
  userId: string;
  cookie: () => string;
  onEnd: (end: FeedEnd) => unknown;
  onEvent?: () => void;
}

export function watchLive(target: Target, { userId, cookie, onEnd, onEvent }: Watched, signal: AbortSignal) {
  const { follow, close } = openHttpClient(target);
  const stopping = new AbortController();
  const stopped = AbortSignal.any([stopping.signal, signal]);
  /** How often the feed showed each event. */
  const shown = new Map<string, number>();
  let lastEventId = '';
  /** Time of the first opening or the latest resync. The feed must show every later event. */
  let dueSince = Infinity;

  function take(block: string) {
    const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
    const id = field('id');
    if (id) lastEventId = id;
    if (field('event') === 'resync') dueSince = Date.now();
    else if (id && field('data')) {
      shown.set(id, (shown.get(id) ?? 0) + 1);
      onEvent?.();
    }
  }

  const watching = (async () => {
    while (!stopped.aborted) {
      const beganAt = performance.now();
      const headers: Record<string, string> = lastEventId ? { 'last-event-id': lastEventId } : {};
      let text = '';
      const onText = (more: string) => {
        const blocks = (text + more).split('\n\n');
        text = blocks.pop() ?? '';
        blocks.forEach(take);
      };
      const onOpen = () => void (lastEventId === '' && (dueSince = Date.now()));
      const { status, isClean } = await follow(
        { path: '/v1/activity/live', cookie: cookie(), headers },
        stopped,
        onText,
        onOpen,
      );
      await onEnd({ beganAt, status, isClean: isClean || stopped.aborted });
      await delay(RETRY_MS, undefined, { signal: stopped }).catch(() => undefined);
    }
    close();
  })();

  return {
    userId,
    shown,
    dueSince: () => dueSince,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}
