import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../api/api-error.js';
import { followFeed, type FeedState } from './live-feed.js';

const event = (id: string) =>
  `id: ${id}\nevent: account.opened\ndata: ${JSON.stringify({ id, type: 'account.opened' })}\n\n`;

function streamOf(...pieces: (string | Error)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else if (piece instanceof Error) controller.error(piece);
      else controller.enqueue(encoder.encode(piece));
    },
  });
}

/** Follows a feed. After the last element of `connections`, the session has ended. */
async function follow(connections: (ReadableStream<Uint8Array> | ApiError)[], lastEventId?: string) {
  const asked: string[] = [];
  const seen: string[] = [];
  const waits: number[] = [];
  const states: FeedState['name'][] = [];
  let resyncs = 0;
  const standsAt = await followFeed(
    {
      open(id) {
        asked.push(id);
        const connection = connections.shift() ?? new ApiError({ code: 'unauthenticated', status: 401 });
        return connection instanceof ApiError ? Promise.reject(connection) : Promise.resolve(connection);
      },
      onEvent: ({ id }) => seen.push(id),
      onResync: () => (resyncs += 1),
      onState: ({ name }) => states.push(name),
      waitUntil(until) {
        waits.push(until);
        return Promise.resolve();
      },
      now: () => 0,
    },
    new AbortController().signal,
    lastEventId,
  );
  return { asked, seen, waits, states, resyncs, standsAt };
}

describe('the live feed', () => {
  it('resumes after the last delivered id, and delivers each event once', async () => {
    const cutOff = new Error('reset');
    const { asked, seen, standsAt, states } = await follow([
      streamOf('id: 1\n\n', event('2'), event('3').slice(0, 20), cutOff),
      streamOf(event('3'), event('4')),
    ]);
    expect(asked).toEqual(['', '2', '4']);
    expect(seen).toEqual(['2', '3', '4']);
    expect(standsAt).toBe('4');
    expect(states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live', 'waiting', 'connecting', 'ended']);
  });

  it('makes the page read its data again at a start without an id, and after a resync message', async () => {
    expect((await follow([streamOf(event('1'))])).resyncs).toBe(1);
    expect((await follow([streamOf(event('1'))], '0')).resyncs).toBe(0);
    const resynced = await follow([streamOf('id: 9\nevent: resync\ndata: {}\n\n')], '0');
    expect([resynced.resyncs, resynced.seen, resynced.standsAt]).toEqual([1, [], '9']);
    expect((await follow([streamOf(': heartbeat\n\n'), streamOf(': heartbeat\n\n')])).resyncs).toBe(2);
  });

  it('doubles its wait after each failure, obeys Retry-After, and starts with a short wait after a success', async () => {
    const away = () => new ApiError({ code: 'unreachable' });
    const { waits } = await follow([
      away(),
      away(),
      new ApiError({ code: 'unavailable', status: 503 }, { retryAt: 9_000 }),
      streamOf('retry: 700\n\n'),
    ]);
    expect(waits).toEqual([1_000, 2_000, 9_000, 700]);
  });

  it('ends if the session has ended', async () => {
    const { states, asked } = await follow([]);
    expect([states.at(-1), asked]).toEqual(['ended', ['']]);
  });
});
