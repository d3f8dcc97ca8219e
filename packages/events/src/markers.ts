import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { EventStore } from './event-store.js';
import { eventKeys } from './keys.js';
import { LeaseLostError, type Lease } from './lease.js';
import { resyncNotice, rewindScript } from './rewind.js';

/**
 * Compares the marker in Redis with the marker in the event store. If the markers differ, one of the two stores has
 * lost its data or is new, so every event must be sent again.
 *
 * In that case this function first writes a new marker to the event store. One script then writes the marker to Redis
 * and deletes all cursors. After a crash between the two writes, the markers differ, so the next consumer repeats both
 * writes. `new`: neither store had a marker. `rebuild`: the markers differed.
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
  await store.writeMarker(marker);
  const keys = [eventKeys.lease, eventKeys.cursor, eventKeys.replayHorizon, eventKeys.marker, eventKeys.cursors];
  const done = await rewindScript.run(redis, keys, [
    lease.fence,
    // eslint-disable-next-line no-restricted-properties -- the time of day is meant: ids of events carry it
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
