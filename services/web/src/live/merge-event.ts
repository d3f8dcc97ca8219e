import type { InfiniteData } from '@tanstack/react-query';
import type { ActivityEvent, ActivityFilter, Page } from '../api/queries.js';

type Pages = InfiniteData<Page<ActivityEvent>, string | undefined>;

/** Inserts an event into the first page, newest first. Returns the same object if nothing changes. */
export function mergeEvent(data: Pages | undefined, event: ActivityEvent, filter: ActivityFilter): Pages | undefined {
  const [first, ...rest] = data?.pages ?? [];
  if (!data || !first || !isAskedFor(event, filter)) return data;
  if (data.pages.some(({ items }) => items.some(({ id }) => id === event.id))) return data;
  const at = first.items.findIndex(({ id }) => id < event.id);
  // The event belongs to a later page.
  if (at < 0 && first.nextCursor !== null) return data;
  const place = at < 0 ? first.items.length : at;
  const items = [...first.items.slice(0, place), event, ...first.items.slice(place)];
  return { ...data, pages: [{ ...first, items }, ...rest] };
}

function isAskedFor({ type, time }: ActivityEvent, filter: ActivityFilter): boolean {
  if (filter.type !== undefined && filter.type !== type) return false;
  const at = Date.parse(time);
  if (filter.from !== undefined && at < Date.parse(filter.from)) return false;
  return filter.to === undefined || at < Date.parse(filter.to);
}
