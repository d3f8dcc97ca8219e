import type { Response } from 'express';
import type { FeedReader } from '../domain/live-feed.js';
import { eventReply } from './activity-routes.js';

/** A reader that takes nothing for so long is let go; it comes back with `Last-Event-ID` and misses nothing. */
const stallMs = 30_000;
/** Clients of an instance that drains come back spread over this time. */
const reconnectMs = { min: 500, max: 3_000 };

/**
 * Writes server-sent events (HTML standard, section 9.2) as a reply. Each write waits until the client has taken enough of those
 * before, so that at most one buffer of the socket waits for a slow one. After `ended` nothing is written.
 */
export function openSseReader(res: Response, ended: AbortSignal): FeedReader & { end(): void } {
  // A feed that was opened after its deadline had been answered goes through here as well: it must run to give its place back.
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
    // Without data it is no event to the client, only the id that it will come back with.
    standsAt: (eventId) => write(`id: ${eventId}`),
    resync: (standsAt) => write(...(standsAt === undefined ? [] : [`id: ${standsAt}`]), 'event: resync', 'data: {}'),
    heartbeat: () => write(': heartbeat'),
    end() {
      if (isAnswered || res.destroyed) return;
      const spreadMs = reconnectMs.max - reconnectMs.min;
      res.end(`retry: ${Math.round(reconnectMs.min + Math.random() * spreadMs)}\n\n`);
    },
  };
}

/** Resolves when the client has taken what was written, or the feed has ended; with false when it took too long. */
function isDrained(res: Response, ended: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (result: boolean) => {
      clearTimeout(timer);
      res.off('drain', drained);
      ended.removeEventListener('abort', drained);
      resolve(result);
    };
    const drained = () => settle(true);
    const timer = setTimeout(() => settle(false), stallMs);
    res.once('drain', drained);
    ended.addEventListener('abort', drained, { once: true });
  });
}
