import { isDay } from '../../time/period.js';

/** The search parameters of the activity page. Users can bookmark and share its URL. */
export interface ActivitySearch {
  type?: string;
  period?: 'week' | 'month' | 'custom';
  /** Days such as `2026-01-31`, inclusive. Set only if `period` is `custom`. */
  from?: string;
  to?: string;
}

export function readActivitySearch(search: Record<string, unknown>): ActivitySearch {
  const { type, period } = search;
  return {
    ...(isType(type) && { type }),
    ...((period === 'week' || period === 'month' || period === 'custom') && { period }),
    ...(period === 'custom' && readDays(search)),
  };
}

/** Returns two days or no day. One day is used twice, and two days in the wrong order are swapped. */
function readDays({ from, to }: Record<string, unknown>): Pick<ActivitySearch, 'from' | 'to'> {
  const [first, last = first] = [from, to].filter(isDay).sort();
  return first !== undefined && last !== undefined ? { from: first, to: last } : {};
}

function isType(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z_]+(\.[a-z_]+)+$/.test(value) && value.length <= 64;
}
