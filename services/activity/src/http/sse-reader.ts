import { between } from '@mainstay/errors';
import type { Response } from 'express';
import type { FeedReader } from '../domain/live-feed.js';
import { eventReply } from './activity-routes.js';

/** A client that reads nothing for this time is disconnected, and resumes with `Last-Event-ID`. */
const STALL_MS = 30_000;
/** After an instance stops, its clients reconnect at random times in this range. */
const reconnectMs = { min: 500, max: 3_000 };

/** Writes server-sent events to a response, and waits for a slow client. */
export function openSseReader(res: Response, ended: AbortSignal): FeedReader & { end(): void } {
  // If the deadline passed before this call, the client already has an error response. Run the feed anyway, because
  // only its end frees the user's place.
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
    // A block without data changes only the client's `Last-Event-ID`.
    standsAt: (eventId) => write(`id: ${eventId}`),
    resync: (standsAt) => write(...(standsAt === undefined ? [] : [`id: ${standsAt}`]), 'event: resync', 'data: {}'),
    heartbeat: () => write(': heartbeat'),
    end() {
      if (isAnswered || res.destroyed) return;
      res.end(`retry: ${Math.round(between(reconnectMs.min, reconnectMs.max))}\n\n`);
    },
  };
}

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
