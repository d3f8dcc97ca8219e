import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@mainstay/platform/testing/eventually';
import { createOverloadGuard } from './overload-guard.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/**
 * Each part admits four requests; `/a/feed` is a live feed of part `a`. `held` contains the responses that wait for the
 * test to end them.
 */
async function serve() {
  const held: ServerResponse[] = [];
  const refused: string[] = [];
  const guard = createOverloadGuard({
    demandOf({ url = '', headers }) {
      if (url === '/health') return undefined;
      const part = url.split('/')[1] ?? '';
      return { part, isFeed: url.endsWith('/feed'), priority: () => (headers.cookie ? 'signed-in' : 'anonymous') };
    },
    concurrencyMin: 4,
    concurrencyMax: 4,
    onRefused: (part) => refused.push(part),
  });
  const server = createServer((req, res) =>
    guard(req, res, () => void (req.url === '/health' ? res.end() : held.push(res))),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(
    () => server.closeAllConnections(),
    () => server.close(),
    () => guard.close(),
  );
  const { port } = server.address() as AddressInfo;
  const get = (path: string, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
  /** Sends a request and resolves when the guard has admitted it. */
  const hold = async (path: string, headers = {}) => {
    const before = held.length;
    get(path, headers).catch(() => undefined);
    await until(() => held.length > before);
  };
  return { guard, held, refused, get, hold, port };
}

const signedIn = { cookie: 'yes' };

describe('createOverloadGuard', () => {
  it('refuses a request without a free place at once, with problem+json and Retry-After', async () => {
    const { held, refused, get, hold } = await serve();
    const replies = Array.from({ length: 4 }, () => get('/a', signedIn));
    await until(() => held.length === 4);
    const reply = await get('/a', { ...signedIn, 'x-request-id': 'mine' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([503, 'application/problem+json']);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const traceId = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(await reply.json()).toMatchObject({ code: 'unavailable', status: 503, requestId: 'mine', traceId });
    expect([held.length, refused]).toEqual([4, ['a']]);
    for (const res of held.splice(0)) res.end();
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await hold('/a', signedIn);
  });

  it('always admits health checks, prefers signed-in callers to anonymous callers, and limits each part separately', async () => {
    const { get, hold } = await serve();
    for (let place = 1; place <= 3; place += 1) await hold('/a');
    expect((await get('/a')).status).toBe(503);
    await hold('/a', signedIn);
    expect((await get('/a', signedIn)).status).toBe(503);
    expect((await get('/health')).status).toBe(200);
    await hold('/b');
  });

  it('releases the place when the reply begins, however slowly the client reads, and when the client leaves', async () => {
    const { guard, held, port } = await serve();
    const socket = connect(port, '127.0.0.1').pause();
    socket.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => held.length === 1);
    expect(guard.parts()).toMatchObject([{ part: 'a', underWay: 1 }]);
    held[0]?.write(Buffer.alloc(10_000_000));
    expect(guard.parts()).toMatchObject([{ part: 'a', underWay: 0 }]);
    socket.destroy();
    const leaving = connect(port, '127.0.0.1');
    leaving.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => held.length === 2);
    leaving.destroy();
    await until(() => guard.parts()[0]?.underWay === 0);
  });

  it('releases the place of a live feed at once', async () => {
    const { guard, hold } = await serve();
    await hold('/a/feed');
    expect(guard.parts()).toMatchObject([{ part: 'a', underWay: 0 }]);
  });
});
