import type { ActivityFilter } from '../../api/queries.js';
import { daysInclusive, lastHours, type Period } from '../../time/period.js';
import type { ActivitySearch } from './activity-search.js';

/** Converts the search parameters of the activity page into the filter of the API. */
export function filterOf({ type, ...search }: ActivitySearch, now: number): ActivityFilter {
  return { ...(type !== undefined && { type }), ...periodOf(search, now) };
}

/** Converts the period in the search parameters into times. The default is the last 24 hours. */
export function periodOf({ period, from, to }: Omit<ActivitySearch, 'type'>, now: number): Period {
  if (period === 'custom' && from !== undefined && to !== undefined) return daysInclusive(from, to);
  return lastHours(period === 'month' ? 30 * 24 : period === 'week' ? 7 * 24 : 24, now);
}
