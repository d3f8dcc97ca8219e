import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QueryClient } from '@tanstack/react-query';

const client = new QueryClient();

describe('the recent entries of an account', () => {
  let server: Server;
  let read: (count: number, since: number) => Promise<{ entries: { createdAt: string }[]; since: number }>;

  /** The account `n` has n entries, at the times 1 to n. The position in the list is the cursor. */
  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://web');
      const count = Number(pathname.split('/')[3]);
      const [start, limit] = [Number(searchParams.get('cursor') ?? 0), Number(searchParams.get('limit'))];
      const times = Array.from({ length: count }, (_, index) => count - index).slice(start, start + limit);
      const items = times.map((at) => ({ createdAt: new Date(at).toISOString() }));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ items, nextCursor: start + limit < count ? String(start + limit) : null }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.defineProperty(globalThis, 'location', { value: { origin } }); // the client reads it when it is imported
    const { recentEntriesQuery } = await import('./queries.js');
    read = (count, since) => client.fetchQuery(recentEntriesQuery(String(count), since));
  });

  afterAll(() => {
    client.clear();
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['the account has fewer entries', 299, 0],
    ['the account has exactly as many entries as are read', 300, 0],
    ['an entry before the period is read', 500, 202],
  ])('are complete from the requested time if %s', async (_what, count, since) => {
    const recent = await read(count, since);
    expect(recent.since).toBe(since);
    expect(recent.entries.length).toBeGreaterThanOrEqual(count - since);
  });

  it('are complete only after the oldest of 300 entries if the period has more', async () => {
    // The entry at time 201 may share its millisecond with an entry that is not read.
    expect(await read(500, 100)).toMatchObject({ entries: { length: 300 }, since: 202 });
  });
});
