import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { LiveFeed } from './live-feed.ts';

/**
 * Compares what live feeds have shown with the event store: each event once, none left out. A feed was told to read its lists anew (`resync`) where it
 * could not go on without a gap; only what happened since then is due. Events of a history that is sent again do not enter feeds.
 * @param feeds still open: what is on its way gets `waitMs` to arrive
 */
export async function checkFeeds(
  mongoUrl: string,
  feeds: LiveFeed[],
  waitMs: number,
): Promise<{ due: number; missing: string[]; repeated: string[] }> {
  const client = new MongoClient(mongoUrl, { serverSelectionTimeoutMS: 10_000 });
  const giveUpAt = Date.now() + waitMs;
  try {
    for (;;) {
      let due = 0;
      const missing = [];
      for (const { userId, shown, dueSince } of feeds) {
        const since = dueSince();
        const events = client.db().collection('events').find({ subjects: userId }).project({ time: 1, replayed: 1 });
        for await (const { _id, time, replayed } of events) {
          if (replayed || time.getTime() <= since) continue;
          due += 1;
          if (!shown.has(String(_id))) missing.push(`${userId} was not shown ${_id}`);
        }
      }
      if (missing.length === 0 || Date.now() > giveUpAt) return { due, missing, repeated: repeatedOf(feeds) };
      await delay(500);
    }
  } finally {
    await client.close();
  }
}

function repeatedOf(feeds: LiveFeed[]) {
  return feeds.flatMap(({ userId, shown }) =>
    [...shown].filter(([, times]) => times > 1).map(([id, times]) => `${userId} was shown ${id} ${times} times`),
  );
}
