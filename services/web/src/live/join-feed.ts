import { createFeedHub, type FeedMessage, type FeedPlace } from './feed-hub.js';
import { followActivity } from './follow-activity.js';

export type TabMessage = 'leave' | { isWatched: boolean };

/** Joins the live feed that all tabs share. If the browser has no shared workers, the tab opens its own feed. */
export function joinFeed(sessionId: string, tell: (message: FeedMessage) => void): FeedPlace {
  let isWatched = false;
  let place = joinShared(sessionId, tell, () => {
    place = joinOwn(sessionId, tell);
    place.watch(isWatched);
  });
  return {
    watch(watched) {
      isWatched = watched;
      place.watch(watched);
    },
    leave: () => place.leave(),
  };
}

function joinOwn(sessionId: string, tell: (message: FeedMessage) => void): FeedPlace {
  return createFeedHub(followActivity(sessionId)).join(tell);
}

/** @param onFailure called if the worker ends or cannot load, for example after a deployment */
function joinShared(sessionId: string, tell: (message: FeedMessage) => void, onFailure: () => void): FeedPlace {
  if (typeof SharedWorker === 'undefined') return joinOwn(sessionId, tell);
  const worker = new SharedWorker(new URL('./feed-worker.ts', import.meta.url), { type: 'module', name: sessionId });
  const { port } = worker;
  let isOver = false;
  const fail = () => {
    if (!isOver) onFailure();
    isOver = true;
  };
  worker.addEventListener('error', fail);
  port.addEventListener('close', fail);
  port.addEventListener('message', ({ data }: MessageEvent<FeedMessage>) => tell(data));
  port.start();
  const send = (message: TabMessage) => port.postMessage(message);
  return {
    watch: (isWatched) => send({ isWatched }),
    leave() {
      isOver = true;
      send('leave');
      port.close();
    },
  };
}
