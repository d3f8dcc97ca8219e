import { isDay } from '../../time/period.js';

/** What the activity page's address says: it can be kept and shared. */
export interface ActivitySearch {
  type?: string;
  period?: 'week' | 'month' | 'custom';
  /** Days as `2026-01-31`, inclusive; with `custom` alone. */
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

/** Both days or none: one alone stands for both, and two in the wrong order change places. */
function readDays({ from, to }: Record<string, unknown>): Pick<ActivitySearch, 'from' | 'to'> {
  const [first, last = first] = [from, to].filter(isDay).sort();
  return first !== undefined && last !== undefined ? { from: first, to: last } : {};
}

function isType(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z_]+(\.[a-z_]+)+$/.test(value) && value.length <= 64;
}
