import type { Log } from '@mainstay/logging';
import type { Redis } from 'ioredis';
import type { SessionBoundRequests } from '../intake/session-bound-requests.js';
import { REVOKED_CHANNEL } from './user-sessions.js';

/**
 * The interval of checks for expired sessions. Redis sends no message when a session expires, so a request may continue
 * for this time after the expiry.
 */
const RECHECK_INTERVAL_MS = 30_000;

export interface WatchRevocationsOptions {
  subscriber: Redis;
  boundRequests: Pick<SessionBoundRequests, 'endOf' | 'recheck'>;
  log: Pick<Log, 'debug'>;
}

/**
 * Ends the requests of a session when any gateway revokes the session. Messages are lost while the connection to Redis
 * is broken, so all sessions are checked again after each reconnect.
 */
export function watchRevocations({ subscriber, boundRequests, log }: WatchRevocationsOptions): { close(): void } {
  const recheck = (): void => {
    boundRequests.recheck().catch((error: unknown) => log.debug('could not check sessions of requests', { error }));
  };
  subscriber.on('message', (channel, sessionId) => {
    if (channel === REVOKED_CHANNEL) boundRequests.endOf(sessionId);
  });
  // ioredis subscribes again after a reconnect, but does not report when. This second call reports when the
  // subscription works. `recheck` then finds earlier revocations, and later revocations arrive as messages.
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
