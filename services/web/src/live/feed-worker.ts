import { createFeedHub } from './feed-hub.js';
import { followActivity } from './follow-activity.js';
import type { TabMessage } from './join-feed.js';

/** The worker's name is the session's id, so the tabs of a session share one worker. */
const scope = globalThis as unknown as { name: string; onconnect: (event: MessageEvent) => void };
const hub = createFeedHub(followActivity(scope.name));

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  const place = hub.join((message) => port.postMessage(message));
  port.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
    if (data === 'leave') place.leave();
    else place.watch(data.isWatched);
  });
  port.addEventListener('close', () => place.leave()); // the tab was closed, or it crashed
  port.start();
};
