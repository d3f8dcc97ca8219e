import { MongoClient } from 'mongodb';
import { until } from '@mainstay/platform/until';
import type { LiveFeed } from '../clients/live-feed.ts';
import type { Result } from './result.ts';

/** Checks that each open feed has shown each event exactly once. After a `resync`, only later events count. */
export async function checkFeeds(mongoUrl: string, feeds: LiveFeed[], waitMs: number): Promise<Result> {
  const client = new MongoClient(mongoUrl, { serverSelectionTimeoutMS: 10_000 });
  let counted = 0;
  let missing: string[] = [];
  const areShown = async () => {
    [counted, missing] = [0, []];
    for (const { userId, shown, dueSince } of feeds) {
      const since = dueSince();
      const events = client.db().collection('events').find({ subjects: userId }).project({ time: 1, replayed: 1 });
      for await (const { _id, time, replayed } of events) {
        if (replayed || time.getTime() <= since) continue;
        counted += 1;
        if (!shown.has(String(_id))) missing.push(`${userId} was not shown ${_id}`);
      }
    }
    return missing.length === 0;
  };
  await until('all events are shown', areShown, { timeoutMs: waitMs, everyMs: 500 }).catch((error: unknown) => {
    if (missing.length === 0) throw error; // an error of MongoDB, not a missing event
  });
  await client.close();
  const statement = 'Each live feed showed each event once';
  return { name: 'feeds', statement, counted, violations: [...missing, ...repeatedOf(feeds)] };
}

function repeatedOf(feeds: LiveFeed[]): string[] {
  return feeds.flatMap(({ userId, shown }) =>
    [...shown].filter(([, times]) => times > 1).map(([id, times]) => `${userId} was shown ${id} ${times} times`),
  );
}
