import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { GET, openConnection, replies, type Connection } from '../../test/shutdown/connection.js';
import { createShutdown } from './shutdown.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;
const answer: Handler = (_req, res) => void res.end('ok');

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const { close } of open.splice(0)) close();
});

async function startServer(handler: Handler, { preDrainDelayMs = 0, drainWindowMs = 10_000 } = {}) {
  const log = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  const exit = jest.fn();
  const shutdown = createShutdown({ log, preDrainDelayMs, drainWindowMs, closeTimeoutMs: 1000, exit });
  const handled = jest.fn(handler);
  const server = createServer(handled);
  shutdown.drain(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ close: () => (server.close(), server.closeAllConnections()) });
  const { port } = server.address() as AddressInfo;
  const connection = async () => {
    const it = await openConnection(port);
    open.push({ close: () => it.socket.destroy() });
    return it;
  };
  return { shutdown, log, exit, handled, port, connection };
}

/** Opens a connection, sends one request, and keeps the connection idle. */
async function idleConnection(connect: () => Promise<Connection>): Promise<Connection> {
  const idle = await connect();
  idle.send(GET);
  await idle.receive((text) => replies(text) === 1);
  return idle;
}

/** Makes a handler whose replies wait until the test releases them. */
function holdReplies() {
  const held: ServerResponse[] = [];
  let onHeld: (() => void) | undefined;
  return {
    held,
    handler: ((_req, res) => {
      held.push(res);
      onHeld?.();
    }) as Handler,
    untilHeld: async (count: number) => {
      while (held.length < count) await new Promise<void>((resolve) => (onHeld = resolve));
    },
  };
}

describe('before the drain', () => {
  it('the service is not ready, but accepts connections for `preDrainDelayMs`', async () => {
    const { shutdown, connection, port } = await startServer(answer, { preDrainDelayMs: 300 });
    const finished = shutdown.begin('test');
    expect([shutdown.draining, shutdown.signal.aborted]).toEqual([true, true]);
    const late = await connection();
    late.send(GET);
    expect(await late.receive((text) => replies(text) === 1)).not.toMatch(/connection: close/i);
    late.send(GET);
    await late.receive((text) => replies(text) === 2);
    late.socket.end();
    await finished;
    await expect(openConnection(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a drain', () => {
  it('keeps an idle connection, and closes it after one more request', async () => {
    const { shutdown, connection, port, exit } = await startServer(answer);
    const idle = await idleConnection(connection);
    const finished = shutdown.begin('test');
    await expect(openConnection(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    idle.send(GET);
    const { how, received } = await idle.closed;
    expect(how).toBe('fin');
    expect(replies(received)).toBe(2);
    expect(received.match(/connection: close/gi)).toHaveLength(1);
    idle.socket.end();
    await finished;
    expect(exit).toHaveBeenCalledWith(0);
  });

  it('finishes a running request, whose reply says `Connection: close`', async () => {
    const { held, handler, untilHeld } = holdReplies();
    const { shutdown, connection } = await startServer(handler);
    const busy = await connection();
    busy.send(GET);
    await untilHeld(1);
    const finished = shutdown.begin('test');
    held[0]!.end('ok');
    expect((await busy.closed).received).toMatch(/connection: close[^]*ok$/i);
    await finished;
  });

  it('finishes all pipelined requests that the app has received', async () => {
    const { held, handler, untilHeld } = holdReplies();
    const { shutdown, connection } = await startServer(handler);
    const busy = await connection();
    busy.send(GET + GET);
    await untilHeld(2);
    const finished = shutdown.begin('test');
    for (const res of held) res.end('ok');
    const { received } = await busy.closed;
    expect(replies(received)).toBe(2);
    expect(received.match(/connection: close/gi)).toHaveLength(1);
    await finished;
  });

  it('passes no request to the app after a reply with `Connection: close`', async () => {
    const { shutdown, connection, handled } = await startServer(answer);
    const idle = await idleConnection(connection);
    const finished = shutdown.begin('test');
    idle.send(GET + GET + GET);
    const { received } = await idle.closed;
    expect(replies(received)).toBe(2);
    expect(handled).toHaveBeenCalledTimes(2);
    await finished;
  });

  it('serves one more request if the app sets keep-alive, and then closes the connection', async () => {
    const { shutdown, connection } = await startServer((req, res) => {
      if (req.url === '/feed') res.setHeader('Connection', 'keep-alive');
      res.end('ok');
    });
    const idle = await idleConnection(connection);
    const finished = shutdown.begin('test');
    idle.send(GET.replace('/ ', '/feed '));
    await idle.receive((text) => replies(text) === 2);
    idle.send(GET);
    expect(replies((await idle.closed).received)).toBe(3);
    await finished;
  });

  it('lets a live feed end itself on the signal', async () => {
    let feed: ServerResponse | undefined;
    const { shutdown, connection } = await startServer((_req, res) => {
      feed = res;
      res.write('data: 1\n\n');
      shutdown.signal.addEventListener('abort', () => res.end('ok'));
    });
    const client = await connection();
    client.send('GET /feed HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
    await client.receive((text) => text.includes('data: 1'));
    await shutdown.begin('test');
    expect(feed?.writableFinished).toBe(true);
  });
});

describe("the drain window's end", () => {
  it('closes unused connections with FIN', async () => {
    const { shutdown, connection, log } = await startServer(answer, { drainWindowMs: 100 });
    const [used, unused] = [await idleConnection(connection), await connection()];
    await shutdown.begin('test');
    expect((await used.closed).how).toBe('fin');
    expect((await unused.closed).how).toBe('fin');
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('cuts a request that takes longer than the window, and logs this', async () => {
    const { handler, untilHeld } = holdReplies();
    const { shutdown, connection, log, exit } = await startServer(handler, { drainWindowMs: 100 });
    const slow = await connection();
    slow.send(GET);
    await untilHeld(1);
    await shutdown.begin('test');
    expect((await slow.closed).received).toBe('');
    expect(log.warn).toHaveBeenCalledWith(expect.any(String), { connections: 1, inFlight: 1 });
    expect(exit).toHaveBeenCalledWith(0);
  });

  it('destroys a connection whose client does not answer FIN', async () => {
    const { shutdown, connection, handled } = await startServer(answer, { drainWindowMs: 50 });
    const stubborn = await connection();
    stubborn.socket.allowHalfOpen = true;
    const finished = shutdown.begin('test');
    await stubborn.closed;
    stubborn.send(GET);
    await finished;
    expect(handled).not.toHaveBeenCalled();
  });
});

describe('without a drain', () => {
  it('serves pipelines and kept-alive connections as usual', async () => {
    const { connection } = await startServer(answer);
    const client = await connection();
    client.send(GET + GET + GET);
    await client.receive((text) => replies(text) === 3);
    client.send(GET);
    expect(await client.receive((text) => replies(text) === 4)).not.toMatch(/connection: close/i);
  });

  it('serves no request after a request with `Connection: close`', async () => {
    const { connection, handled } = await startServer(answer);
    const client = await connection();
    client.send(`GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n${GET}`);
    expect(replies((await client.closed).received)).toBe(1);
    expect(handled).toHaveBeenCalledTimes(1);
  });
});
