import type { ActivityLog } from './activity-log.js';

export interface FeedSource {
  activityLog: Pick<ActivityLog, 'between' | 'last' | 'find'>;
  /**
   * Returns the position up to which all events are stored, except dead letters; null if the position is unknown.
   * Throws AppError unavailable while Redis is down.
   */
  readWatermark: () => Promise<string | null>;
}

export interface FeedStart {
  /** The feed sends events that were stored after this position. */
  readonly position: string;
  /** Id of the user's last event up to `position`, so that the client can resume after this event. */
  readonly standsAt: string | undefined;
  /** True if the feed cannot continue after the event that the client received last. */
  readonly needsResync: boolean;
}

const eventIdForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Finds the position after which a feed begins. Sets `needsResync` if `lastEventId` is unknown. Also sets `needsResync`
 * if `lastEventId` belongs to an old event that a service sent again.
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
