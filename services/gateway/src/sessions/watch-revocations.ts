import type { Log } from '@mainstay/logging';
import type { Redis } from 'ioredis';
import type { LiveFeeds } from './live-feeds.js';
import { revokedChannel } from './user-sessions.js';

/** Sessions that expire are not announced; a feed outlives its session by this time at most. */
const recheckIntervalMs = 30_000;

/**
 * Ends live feeds when any gateway revokes their session. What was said while the connection to Redis was lost was not heard,
 * so the sessions of all open feeds are looked at again when it is back.
 */
export function watchRevocations({ subscriber, feeds, log }: { subscriber: Redis; feeds: LiveFeeds; log: Log }): {
  close(): Promise<void>;
} {
  const recheck = (): void => {
    feeds.recheck().catch((error: unknown) => log.debug('sessions of live feeds could not be looked at', { error }));
  };
  subscriber.on('message', (channel, sessionId) => {
    if (channel === revokedChannel) feeds.endOf(sessionId);
  });
  // ioredis subscribes again by itself, but says when only to who asks; what was missed until then is what recheck finds.
  const subscribe = (): void => {
    subscriber.subscribe(revokedChannel).then(recheck, (error: unknown) => log.debug('not subscribed', { error }));
  };
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') subscribe();
  const timer = setInterval(recheck, recheckIntervalMs).unref();
  return {
    close() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
