import type { Redis } from 'ioredis';
import { z } from 'zod';
import { eventKeys } from './keys.js';

export interface StoredWatcher {
  /** Every event up to `position` is stored, except dead letters. `subjects` are the users who may have new events. */
  onStored(notice: { position: string; subjects: readonly string[] }): void;
  /** Called when the relay begins to send old events again. */
  onResync(): void;
  /** The subscription is active. Notices that were sent earlier can be missing. */
  onSubscribed(): void;
}

const noticeSchema = z.union([
  z.object({ resync: z.literal(true) }),
  z.object({ position: z.string(), subjects: z.array(z.string()) }),
]);

/**
 * Subscribes to the notices for live feeds, and again after a lost connection. `subscriber` must be a separate Redis
 * client, because with RESP2 a subscribed client cannot run other commands.
 */
export function watchStored(subscriber: Redis, watcher: StoredWatcher): { close(): void } {
  const subscribe = () => {
    // A failure needs no action: the next `ready` event subscribes again.
    subscriber.subscribe(eventKeys.stored).then(
      () => watcher.onSubscribed(),
      () => undefined,
    );
  };
  const receive = (_channel: string, message: string) => {
    const notice = noticeSchema.safeParse(parseJson(message));
    if (!notice.success) watcher.onSubscribed();
    else if ('resync' in notice.data) watcher.onResync();
    else watcher.onStored(notice.data);
  };
  subscriber.on('ready', subscribe);
  subscriber.on('message', receive);
  if (subscriber.status === 'ready') subscribe();
  return {
    close() {
      subscriber.off('ready', subscribe);
      subscriber.off('message', receive);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
