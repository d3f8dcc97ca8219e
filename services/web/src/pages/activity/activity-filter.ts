import type { ActivityFilter } from '../../api/queries.js';
import { daysInclusive, lastHours, type Period } from '../../time/period.js';
import type { ActivitySearch } from './activity-search.js';

/** The API request for a page's address. */
export function filterOf({ type, ...search }: ActivitySearch, now: number): ActivityFilter {
  return { ...(type !== undefined && { type }), ...periodOf(search, now) };
}

/** The period of the address; by default the last day. */
export function periodOf({ period, from, to }: Omit<ActivitySearch, 'type'>, now: number): Period {
  if (period === 'custom' && from !== undefined && to !== undefined) return daysInclusive(from, to);
  return lastHours(period === 'month' ? 30 * 24 : period === 'week' ? 7 * 24 : 24, now);
}
