import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { claimPage, pageOwner } from '../identity/page-identity.js';
import { answered, api, isServed, readSession } from './client.js';
import type { components } from './schema.js';

export type Account = components['schemas']['Account'];
export type Entry = components['schemas']['Entry'];
/** This type omits `entries`: the generated type is a pair, but openapi-fetch turns the pair of a reply into a list. */
export type Transfer = Omit<components['schemas']['Transfer'], 'entries'>;
export type ActivityEvent = components['schemas']['Event'];
export type Session = components['schemas']['Session'];
export type SignedIn = components['schemas']['SignedIn'];
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

const PAGE = 30;
const ALL = 100;

/**
 * Reads the user and the session, or null while no user is signed in and the page has no session. The first session
 * that this query finds becomes the session of the page. Later calls of `api` fail if the cookie contains another one.
 */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  async queryFn({ signal }): Promise<SignedIn | null> {
    if (pageOwner()) return answered(api.GET('/v1/session', { signal }));
    const signedIn = await readSession(signal);
    if (signedIn) claimPage(signedIn);
    return signedIn;
  },
  staleTime: ({ state }) => (state.data ? 5 * 60_000 : 15_000),
});

/** The user's first hundred accounts. The web UI lists no further accounts. */
export const accountsQuery = queryOptions({
  queryKey: ['accounts'],
  queryFn: async ({ signal }) => {
    const page = await answered(api.GET('/v1/accounts', { signal, params: { query: { limit: ALL } } }));
    return page.items;
  },
});

export const accountQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['accounts', accountId],
    queryFn: ({ signal }) => answered(api.GET('/v1/accounts/{accountId}', { signal, params: { path: { accountId } } })),
  });

/** Whether the API has the deposit route. The setting DEMO_DEPOSITS enables it. */
export const depositsServedQuery = queryOptions({
  queryKey: ['deposits-served'],
  queryFn: ({ signal }) => isServed('/v1/accounts/{accountId}/deposits', signal),
  staleTime: Infinity,
});

/** An account's entries, newest first. Each request loads at most 30 entries. */
export const entriesQuery = (accountId: string) =>
  infiniteQueryOptions({
    queryKey: ['entries', accountId],
    queryFn: ({ signal, pageParam }) => entryPage(accountId, PAGE, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

export interface RecentEntries {
  entries: Entry[];
  /** All entries from this time on are in `entries`. Milliseconds since the epoch. */
  since: number;
}

/**
 * Reads an account's entries, newest first, until an entry is older than `since`. Reads at most 300 entries, because
 * the page repeats the query after each payment. If the period has more entries, the result has a later `since`.
 */
export const recentEntriesQuery = (accountId: string, since: number) =>
  queryOptions({
    queryKey: ['entries', accountId, 'since', since],
    queryFn: async ({ signal }): Promise<RecentEntries> => {
      const entries: Entry[] = [];
      let cursor: string | undefined;
      do {
        const page: Page<Entry> = await entryPage(accountId, ALL, cursor, signal);
        entries.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && entries.length < 3 * ALL && isSince(entries.at(-1), since));
      const oldest = entries.at(-1);
      if (cursor === undefined || !oldest || !isSince(oldest, since)) return { entries, since };
      // An entry that was not read can have the same time as the oldest entry.
      return { entries, since: Date.parse(oldest.createdAt) + 1 };
    },
  });

/** The filter of the activity page. `from` is inclusive, and `to` is exclusive. */
export interface ActivityFilter {
  type?: string;
  from?: string;
  to?: string;
}

export const activityQuery = (filter: ActivityFilter) =>
  infiniteQueryOptions({
    queryKey: ['activity', filter],
    queryFn: ({ signal, pageParam }) =>
      answered(
        api.GET('/v1/activity', {
          signal,
          params: { query: { ...filter, limit: PAGE, ...(pageParam !== undefined && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

export const summaryQuery = (period: { from: string; to?: string; bucket: 'hour' | 'day'; timeZone: string }) =>
  queryOptions({
    queryKey: ['summary', period],
    queryFn: async ({ signal }) => {
      const { buckets } = await answered(api.GET('/v1/activity/summary', { signal, params: { query: period } }));
      return buckets;
    },
  });

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) => {
    const page = await answered(api.GET('/v1/sessions', { signal, params: { query: { limit: ALL } } }));
    return page.items;
  },
});

function entryPage(accountId: string, limit: number, cursor: string | undefined, signal: AbortSignal) {
  const query = { limit, ...(cursor !== undefined && { cursor }) };
  return answered(api.GET('/v1/accounts/{accountId}/entries', { signal, params: { path: { accountId }, query } }));
}

function isSince(entry: Entry | undefined, since: number): boolean {
  return entry !== undefined && Date.parse(entry.createdAt) >= since;
}
