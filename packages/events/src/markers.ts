import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { EventStore } from './event-store.js';
import { eventKeys } from './keys.js';
import { LeaseLostError, type Lease } from './lease.js';
import { resyncNotice, rewindScript } from './rewind.js';

/**
 * If Redis and the event store do not have the same marker, makes each relay send every event.
 * @throws LeaseLostError
 */
export async function reconcileMarkers(
  redis: Redis,
  store: EventStore,
  lease: Lease,
): Promise<'same' | 'new' | 'rebuild'> {
  const [inRedis, inStore] = await Promise.all([redis.get(eventKeys.marker), store.readMarker()]);
  if (inRedis !== null && inRedis === inStore) return 'same';
  const marker = randomUUID();
  // If the process crashes between the two writes, the markers still differ, so the next consumer repeats both writes.
  await store.writeMarker(marker);
  const keys = [eventKeys.lease, eventKeys.cursor, eventKeys.replayHorizon, eventKeys.marker, eventKeys.cursors];
  const done = await rewindScript.run(redis, keys, [
    lease.fence,
    // eslint-disable-next-line no-restricted-properties -- ids of events contain the time of day
    Date.now(),
    '',
    marker,
    eventKeys.stored,
    resyncNotice,
    '',
  ]);
  if (done !== 1) throw new LeaseLostError();
  return inRedis === null && inStore === null ? 'new' : 'rebuild';
}
