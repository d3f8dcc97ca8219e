import type { ActivityLog } from './activity-log.js';

export interface FeedSource {
  activityLog: Pick<ActivityLog, 'between' | 'last' | 'find'>;
  /** Everything up to here is stored; null = unknown. Throws AppError unavailable while Redis is away. */
  readWatermark: () => Promise<string | null>;
}

/** Where a feed begins. */
export interface FeedStart {
  /** The feed shows what is stored after this position. */
  readonly position: string;
  /** The event at which the reader stands, where the feed had to choose one. */
  readonly standsAt: string | undefined;
  /** The reader named an event that the feed cannot go on from. */
  readonly needsResync: boolean;
}

const eventIdForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Finds where to begin: behind the event that the reader saw last, else at the present. An event that is unknown or was
 * replayed says nothing about what else the reader has seen, so such a reader has to read anew.
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
