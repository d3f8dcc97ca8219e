import type { ActivityEvent, ActivityLog } from './activity-log.js';
import type { Period } from '@mainstay/service/requests';

export interface ActivityPage {
  events: ActivityEvent[];
  /** The start of the next page of events; null on the last page. */
  nextBefore: string | null;
}

/**
 * Returns one page of a user's events, newest first. New events do not shift later pages.
 * @throws AppError unavailable
 */
export async function listActivity(
  { activityLog }: { activityLog: ActivityLog },
  userId: string,
  query: { type?: string | undefined; period: Period; before?: string | undefined; limit: number },
): Promise<ActivityPage> {
  // The extra event shows whether a next page exists.
  const events = await activityLog.list({ ...query, userId, limit: query.limit + 1 });
  const page = events.slice(0, query.limit);
  return { events: page, nextBefore: events.length > page.length ? (page.at(-1)?.id ?? null) : null };
}
