import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { ActivityEvent, ActivityFilter, Page } from '../api/queries.js';
import { concernsOf } from './event-types.js';
import { mergeEvent } from './merge-event.js';

/** Several events within this time cause only one read. */
const TOGETHER_MS = 250;
const due = new WeakMap<QueryClient, Set<string>>();

/** Inserts an event into the cached activity lists. Balances and counts are read again. */
export function applyEvent(queryClient: QueryClient, event: ActivityEvent): void {
  const lists = queryClient.getQueryCache().findAll({ queryKey: ['activity'] });
  for (const { queryKey } of lists) {
    queryClient.setQueryData<InfiniteData<Page<ActivityEvent>, string | undefined>>(queryKey, (data) =>
      mergeEvent(data, event, queryKey[1] as ActivityFilter),
    );
  }
  invalidateSoon(queryClient, ['summary', ...concernsOf(event.type)]);
}

/** Reads again all data that the live feed updates. */
export function readAgain(queryClient: QueryClient): void {
  for (const key of ['activity', 'summary', 'accounts', 'entries', 'sessions']) {
    void queryClient.invalidateQueries({ queryKey: [key] });
  }
}

function invalidateSoon(queryClient: QueryClient, keys: string[]): void {
  const waiting = due.get(queryClient);
  if (waiting) return keys.forEach((key) => waiting.add(key));
  const fresh = new Set(keys);
  due.set(queryClient, fresh);
  setTimeout(() => {
    due.delete(queryClient);
    for (const key of fresh) void queryClient.invalidateQueries({ queryKey: [key] });
  }, TOGETHER_MS);
}
