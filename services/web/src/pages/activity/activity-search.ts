/** What the activity page's address says: it can be kept and shared. */
export interface ActivitySearch {
  type?: string;
  period?: 'week' | 'month' | 'custom';
  /** Days as `2026-01-31`, inclusive; with `custom` alone. */
  from?: string;
  to?: string;
}

export function readActivitySearch(search: Record<string, unknown>): ActivitySearch {
  const { type, period, from, to } = search;
  return {
    ...(isType(type) && { type }),
    ...((period === 'week' || period === 'month' || period === 'custom') && { period }),
    ...(period === 'custom' && isDay(from) && { from }),
    ...(period === 'custom' && isDay(to) && { to }),
  };
}

function isType(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z_]+(\.[a-z_]+)+$/.test(value) && value.length <= 64;
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}
