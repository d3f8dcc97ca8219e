import type { ActivityEvent, ActivityLog } from './activity-log.js';
import type { Period } from '@mainstay/service/requests';

export interface ActivityPage {
  events: ActivityEvent[];
  /** Where the next page begins; null on the last one. */
  nextBefore: string | null;
}

/**
 * One page of a user's events, newest first. Pages follow the ids, which sort by time, so events stored meanwhile
 * shift nothing.
 * @throws AppError unavailable
 */
export async function listActivity(
  { activityLog }: { activityLog: ActivityLog },
  userId: string,
  query: { type?: string | undefined; period: Period; before?: string | undefined; limit: number },
): Promise<ActivityPage> {
  // One more than requested shows whether there is a next page.
  const events = await activityLog.list({ ...query, userId, limit: query.limit + 1 });
  const page = events.slice(0, query.limit);
  return { events: page, nextBefore: events.length > page.length ? (page.at(-1)?.id ?? null) : null };
}
