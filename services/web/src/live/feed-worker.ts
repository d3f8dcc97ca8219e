import { createFeedHub } from './feed-hub.js';
import { followActivity } from './follow-activity.js';
import type { TabMessage } from './join-feed.js';

/** A shared worker. All tabs of a session have the same one, because its name is the session's id. */
const scope = globalThis as unknown as { name: string; onconnect: (event: MessageEvent) => void };
const hub = createFeedHub(followActivity(scope.name));

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  const place = hub.join((message) => port.postMessage(message));
  port.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
    if (data === 'leave') place.leave();
    else place.watch(data.isWatched);
  });
  port.addEventListener('close', () => place.leave()); // the tab has crashed
  port.start();
};
