/** A live feed as a browser keeps it: after every break it comes back with the id of the last event that it saw. */
import { request } from 'node:http';
import { request as requestByTls } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from './client.ts';

/** Above the heartbeat of 15 s: a feed that says nothing for so long is dead. */
const SILENCE_MS = 20_000;
const RETRY_MS = 300;

export type LiveFeed = ReturnType<typeof watchLive>;
/** status 0: no answer. isClean: it was ended, and not cut */
export type Ended = (feed: { beganAt: number; status: number; isClean: boolean }) => void;
interface FeedWorld {
  url: string;
  /** gives it up */
  signal: AbortSignal;
  tally: { feedsOpened: number; feedEvents: number };
  /** hears of each connection's end */
  onEnd?: Ended;
  /** PEM of whom to trust beside the system's */
  ca?: string;
}

/** Watches a client's feed until it is stopped. */
export function watchLive(
  { url, tally, signal, onEnd, ca }: FeedWorld,
  client: Pick<Client, 'userId' | 'cookie'> & { ask: (method: string, path: string) => Promise<unknown> },
) {
  const stopping = new AbortController();
  const ended = AbortSignal.any([stopping.signal, signal]);
  /** how often each event was shown */
  const shown = new Map<string, number>();
  let lastEventId = '';
  /** Events since then are due; what was before a resync is to be read from the lists. */
  let dueSince = Infinity;

  function take(block: string) {
    const { id, event, data } = fieldsOf(block);
    if (id) lastEventId = id;
    if (event === 'resync') dueSince = Date.now();
    else if (id && data) {
      shown.set(id, (shown.get(id) ?? 0) + 1);
      tally.feedEvents += 1;
    }
  }

  /** Resolves when the feed has ended, with its status. */
  function connect() {
    const beganAt = performance.now();
    let hasEnded = false;
    return new Promise((done) => {
      const resolve = (status: number, isClean = false) => {
        if (!hasEnded) onEnd?.({ beganAt, status, isClean: isClean || ended.aborted });
        hasEnded = true;
        done(status);
      };
      const headers = { cookie: client.cookie(), ...(lastEventId && { 'last-event-id': lastEventId }) };
      const open = url.startsWith('https:') ? requestByTls : request;
      const asked = open(`${url}/v1/activity/live`, { headers, signal: ended, agent: false, ca }, (res) => {
        if (res.statusCode === 200) {
          tally.feedsOpened += 1;
          if (lastEventId === '') dueSince = Date.now();
        }
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (chunk) => {
          text += chunk;
          for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            take(text.slice(0, end));
            text = text.slice(end + 2);
          }
        });
        res.once('error', () => undefined); // `close` follows
        res.once('close', () => resolve(res.statusCode ?? 0, res.statusCode === 200 && res.complete));
      });
      asked.setTimeout(SILENCE_MS, () => asked.destroy());
      asked.once('error', () => resolve(0));
      asked.end();
    });
  }

  const watching = (async () => {
    while (!ended.aborted) {
      const status = await connect();
      // The list signs the client in again where its session is gone.
      if (status === 401 && !ended.aborted) await client.ask('GET', '/v1/session').catch(() => undefined);
      await delay(RETRY_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  })();

  return {
    userId: client.userId,
    shown,
    dueSince: () => dueSince,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

function fieldsOf(block: string) {
  const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
  return { id: field('id'), event: field('event'), data: field('data') };
}
