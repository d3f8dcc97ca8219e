import { between } from '@mainstay/errors';
import type { Response } from 'express';
import type { FeedReader } from '../domain/live-feed.js';
import { eventReply } from './activity-routes.js';

/** A client that reads nothing for this long is disconnected; it reconnects with `Last-Event-ID` and misses nothing. */
const STALL_MS = 30_000;
/** Clients of a draining instance reconnect spread over this time. */
const reconnectMs = { min: 500, max: 3_000 };

/**
 * Writes server-sent events (HTML standard, section 9.2) as a reply. Each write waits until the client has read
 * enough of the earlier ones, so that at most one buffer of the socket waits for a slow client. After `ended` nothing
 * is written.
 */
export function openSseReader(res: Response, ended: AbortSignal): FeedReader & { end(): void } {
  // The feed may have been opened after its deadline, when the refusal was already sent. Then nothing is written, but
  // the feed still runs, so that it releases its place.
  const isAnswered = res.headersSent;
  if (!isAnswered) {
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // nginx would hold events back until its buffer is full
    });
    res.flushHeaders();
  }

  async function write(...lines: string[]): Promise<void> {
    if (isAnswered || ended.aborted || res.write(`${lines.join('\n')}\n\n`)) return;
    if (!(await isDrained(res, ended))) res.destroy();
  }

  return {
    event: (event) => write(`id: ${event.id}`, `event: ${event.type}`, `data: ${JSON.stringify(eventReply(event))}`),
    // Without data it is not an event for the client, only the id for its next reconnect.
    standsAt: (eventId) => write(`id: ${eventId}`),
    resync: (standsAt) => write(...(standsAt === undefined ? [] : [`id: ${standsAt}`]), 'event: resync', 'data: {}'),
    heartbeat: () => write(': heartbeat'),
    end() {
      if (isAnswered || res.destroyed) return;
      res.end(`retry: ${Math.round(between(reconnectMs.min, reconnectMs.max))}\n\n`);
    },
  };
}

/** Resolves when the client has read what was written, or the feed has ended; with false if it took too long. */
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
