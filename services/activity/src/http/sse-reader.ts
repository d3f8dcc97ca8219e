import { between } from '@mainstay/errors';
import type { Response } from 'express';
import type { FeedReader } from '../domain/live-feed.js';
import { eventReply } from './activity-routes.js';

/**
 * The service disconnects a client that reads nothing for this time. The client reconnects with `Last-Event-ID` and
 * misses no event.
 */
const STALL_MS = 30_000;
/** When an instance stops, its clients reconnect at random times in this range, not all at once. */
const reconnectMs = { min: 500, max: 3_000 };

/**
 * Writes server-sent events (HTML standard, section 9.2) to a response. Each write waits until the client has read
 * earlier data. So at most one socket buffer of data waits for a slow client. After `ended` aborts, the feed writes
 * nothing.
 */
export function openSseReader(res: Response, ended: AbortSignal): FeedReader & { end(): void } {
  // If opening the feed took longer than the deadline, the client already has an error response, so this reader writes
  // nothing. The feed must still run: only the end of a run frees its place in the limit of feeds per user.
  const isAnswered = res.headersSent;
  if (!isAnswered) {
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // otherwise nginx delays events until its buffer is full
    });
    res.flushHeaders();
  }

  async function write(...lines: string[]): Promise<void> {
    if (isAnswered || ended.aborted || res.write(`${lines.join('\n')}\n\n`)) return;
    if (!(await isDrained(res, ended))) res.destroy();
  }

  return {
    event: (event) => write(`id: ${event.id}`, `event: ${event.type}`, `data: ${JSON.stringify(eventReply(event))}`),
    // A block that has only an id is not an event for the client. The client sends this id when it reconnects.
    standsAt: (eventId) => write(`id: ${eventId}`),
    resync: (standsAt) => write(...(standsAt === undefined ? [] : [`id: ${standsAt}`]), 'event: resync', 'data: {}'),
    heartbeat: () => write(': heartbeat'),
    end() {
      if (isAnswered || res.destroyed) return;
      res.end(`retry: ${Math.round(between(reconnectMs.min, reconnectMs.max))}\n\n`);
    },
  };
}

/**
 * Resolves to true when the client has read the buffered data or the feed has ended. Resolves to false after
 * `STALL_MS`.
 */
function isDrained(res: Response, ended: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (result: boolean) => {
      clearTimeout(timer);
      res.off('drain', drained);
      ended.removeEventListener('abort', drained);
      resolve(result);
    };
    const drained = () => settle(true);
    const timer = setTimeout(() => settle(false), STALL_MS);
    res.once('drain', drained);
    ended.addEventListener('abort', drained, { once: true });
  });
}
