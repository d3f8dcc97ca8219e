import type { ActivityLog } from './activity-log.js';

export interface FeedSource {
  activityLog: Pick<ActivityLog, 'between' | 'last' | 'find'>;
  /** Everything up to this position is stored; null = unknown. Throws AppError unavailable while Redis is down. */
  readWatermark: () => Promise<string | null>;
}

/** Where a feed begins. */
export interface FeedStart {
  /** The feed shows events stored after this position. */
  readonly position: string;
  /** The id of the event that the feed chose to start after; undefined if the client named it, or if none is known. */
  readonly standsAt: string | undefined;
  /** The client named an event from which the feed cannot continue. */
  readonly needsResync: boolean;
}

const eventIdForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Finds the beginning: after the event that the client saw last, otherwise at the present. An unknown or replayed
 * event says nothing about what else the client has seen, so such a client must read its lists again.
 * @throws AppError unavailable
 */
export async function startOfFeed(
  { activityLog, readWatermark }: FeedSource,
  userId: string,
  lastEventId: string | undefined,
): Promise<FeedStart> {
  if (lastEventId !== undefined && eventIdForm.test(lastEventId)) {
    const seen = await activityLog.find({ userId, eventId: lastEventId });
    if (seen && !seen.replayed) return { position: seen.position, standsAt: undefined, needsResync: false };
  }
  const watermark = await readWatermark();
  const last = await activityLog.last({ userId, upTo: watermark });
  return {
    position: watermark ?? last?.position ?? '',
    standsAt: last && !last.replayed ? last.id : undefined,
    needsResync: lastEventId !== undefined,
  };
}
