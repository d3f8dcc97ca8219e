import type { Log } from '@mainstay/logging';
import type { Redis } from 'ioredis';
import type { SessionBoundRequests } from '../intake/session-bound-requests.js';
import { REVOKED_CHANNEL } from './user-sessions.js';

/** Redis sends no message when a session expires, so a request can continue for up to this time. */
const RECHECK_INTERVAL_MS = 30_000;

export interface WatchRevocationsOptions {
  subscriber: Redis;
  boundRequests: Pick<SessionBoundRequests, 'endOf' | 'recheck'>;
  log: Pick<Log, 'debug'>;
}

/**
 * Ends the requests of a session when any gateway revokes the session. After a reconnect, checks all sessions, because
 * messages can be lost.
 */
export function watchRevocations({ subscriber, boundRequests, log }: WatchRevocationsOptions): { close(): void } {
  const recheck = (): void => {
    boundRequests.recheck().catch((error: unknown) => log.debug('could not check sessions of requests', { error }));
  };
  subscriber.on('message', (channel, sessionId) => {
    if (channel === REVOKED_CHANNEL) boundRequests.endOf(sessionId);
  });
  // After a reconnect, ioredis subscribes again, but emits no event when it has subscribed. Subscribe here too, because
  // `recheck` must run after the subscription.
  const subscribe = (): void => {
    subscriber
      .subscribe(REVOKED_CHANNEL)
      .then(recheck, (error: unknown) => log.debug('could not subscribe to revocations', { error }));
  };
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') subscribe();
  const timer = setInterval(recheck, RECHECK_INTERVAL_MS).unref();
  return {
    close: () => clearInterval(timer),
  };
}
