import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@mainstay/platform/testing/eventually';
import {
  limitServer,
  refuseMalformed,
  serverOptions,
  type RefuseMalformedOptions,
  type ServerLimits,
} from '../src/index.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(handler: Handler, options: RefuseMalformedOptions = {}, limits: ServerLimits = {}) {
  const seen: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer(serverOptions, (req, res) => {
    seen.push(req.url ?? '');
    handler(req, res);
  });
  refuseMalformed(limitServer(server, limits), options);
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => void server.close().closeAllConnections());
  return { server, seen, sockets, port: (server.address() as AddressInfo).port };
}

/** Opens a connection and collects everything that the server sends. */
function open(port: number) {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let replies = 0;
  socket.setMaxListeners(100);
  const until = (holds: () => boolean): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (holds() || socket.destroyed) resolve(text);
      };
      socket.on('data', look).on('close', look);
      look();
    });
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    replies += chunk.toString('latin1').match(/HTTP\/1\.1 [2-5]/g)?.length ?? 0;
  });
  closers.push(() => socket.destroy());
  return {
    socket,
    send: (bytes: string) => new Promise((resolve) => socket.write(bytes, 'latin1', resolve)),
    replied: (count = 1) => until(() => replies >= count && text.includes('\r\n\r\n')),
    asked: () => until(() => text.includes('100 Continue')),
    closed: () => until(() => false),
  };
}

const host = 'Host: a\r\n';
const post = (length: number) => `POST /post HTTP/1.1\r\n${host}Content-Length: ${length}\r\n\r\n`;
const chunkedPost = `POST /post HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host}\r\n`;
const connectRequest = `CONNECT a:80 HTTP/1.1\r\n${host}\r\n`;
/** Replies with 64 MiB, which is more than the system's buffers hold. */
const large: Handler = (_req, res) => void Readable.from(Array(64).fill('x'.repeat(1_048_576))).pipe(res);
const echo: Handler = (req, res) =>
  void buffer(req).then((body) =>
    res.writeHead(200, { 'content-length': body.length + 2 }).end(`<${body.toString()}>`),
  );

describe('a body', () => {
  it.each([
    ['at once', [`${post(5)}12345`], '<12345>'],
    ['in pieces', [post(5), '12', '345'], '<12345>'],
    ['in chunks', [chunkedPost, '2\r\n12\r\n3\r\n34', '5\r\n0\r\n\r\n'], '<12345>'],
    ['empty, in chunks', [`${chunkedPost}0\r\n\r\n`], '<>'],
    ['with the largest allowed size', [post(65_536), 'x'.repeat(65_536)], `<${'x'.repeat(65_536)}>`],
  ])('has arrived completely when the app sees the request: sent %s', async (_, pieces, echoed) => {
    let complete: boolean | undefined;
    const { port } = await serve((req, res) => {
      complete ??= req.complete;
      echo(req, res);
    });
    const client = open(port);
    for (const piece of pieces) {
      await client.send(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await client.replied();
    await client.send(get('/next'));
    expect((await client.replied(2)).split('\r\n\r\n')[1]?.split('HTTP')[0]).toBe(echoed);
    expect(complete).toBe(true);
  });

  it('leaves the connection usable if the app does not read the body', async () => {
    const { port, seen } = await serve((_req, res) => res.writeHead(404).end());
    const client = open(port);
    for (let time = 0; time < 20; time += 1) await client.send(post(60_000) + 'x'.repeat(60_000));
    expect(await client.replied(20)).not.toMatch(/connection: close/i);
    expect(seen).toHaveLength(20);
  });

  it.each([
    ['with Content-Length', (size: number) => post(size) + 'x'.repeat(size)],
    ['in chunks', (size: number) => chunkedPost + `8000\r\n${'x'.repeat(32_768)}\r\n`.repeat(size / 32_768)],
  ])('is refused if it is too large, and the connection is closed: %s', async (_, bytes) => {
    const { port, seen, sockets } = await serve((_req, res) => res.writeHead(405).end());
    const client = open(port);
    void client.send(bytes(50 * 1_048_576));
    const text = await client.closed();
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toMatch(/^connection: close\r$/im);
    expect(seen).toEqual([]);
    // The body has 50 MiB, and the server has read only a small amount.
    expect(sockets[0]!.bytesRead).toBeLessThan(3 * 1_048_576);
  });

  it('is refused if it is the oldest when the bodies of all connections exceed their common limit', async () => {
    const { port, seen } = await serve(echo, { bodiesBytesMax: 200_000, bodyGraceMs: 60_000 });
    const slow = [];
    for (let count = 0; count < 4; count += 1) {
      const client = open(port);
      await client.send(post(65_000) + 'x'.repeat(60_000));
      slow.push(client);
    }
    const first = await slow[0]!.closed();
    expect(first).toMatch(/^HTTP\/1\.1 503 /);
    expect(first).toMatch(/^retry-after: 1\r$/im);
    const other = open(port);
    await other.send(`${post(5)}12345`);
    expect(await other.replied()).toMatch(/<12345>$/);
    expect(seen).toEqual(['/post']);
    // After the oldest body is refused, the remaining three bodies fit into the common limit.
    for (const client of slow.slice(1)) {
      await client.send('x'.repeat(5_000));
      expect(await client.replied()).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it('is refused before the client sends it if it is too large and the client waits for 100 Continue', async () => {
    const { port } = await serve(echo);
    const client = open(port);
    await client.send(post(70_000).replace(host, `${host}Expect: 100-continue\r\n`));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 413 /);
    const other = open(port);
    await other.send(post(1).replace(host, `${host}Expect: 100-continue\r\n`));
    await other.asked();
    await other.send('x');
    expect(await other.replied()).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*<x>/);
  });

  it('that arrives too slowly is refused, and the app never sees the request', async () => {
    const { port, seen } = await serve(echo, { bodyGraceMs: 100, bodyBytesPerSMin: 1_000 });
    const client = open(port);
    const dripping = setInterval(() => void client.send('x'), 30);
    await client.send(post(1_000));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 [^]*"code":"deadline_exceeded"/);
    clearInterval(dripping);
    expect(seen).toEqual([]);
  });

  it('may take longer than `bodyGraceMs` if its bytes arrive fast enough', async () => {
    const { port } = await serve(echo, { bodyGraceMs: 50, bodyBytesPerSMin: 10 });
    const client = open(port);
    await client.send(post(20) + 'x'.repeat(10));
    // `slow` sends no byte of its body. When the server refuses `slow`, `bodyGraceMs` is also over for `client`.
    const slow = open(port);
    await slow.send(post(20));
    expect(await slow.closed()).toMatch(/^HTTP\/1\.1 408 /);
    await client.send('x'.repeat(10));
    expect(await client.replied()).toMatch(/<x{20}>/);
  });
});

describe('a pipeline', () => {
  it('is not read while too many of its requests wait, and another connection is served', async () => {
    const held: ServerResponse[] = [];
    const { port, sockets, seen } = await serve((req, res) => {
      if (req.url === '/held') held.push(res);
      else res.end('ok');
    });
    const client = open(port);
    const all = get('/held') + get('/x').repeat(50_000);
    void client.send(all);
    await until(() => held.length > 0, 0);
    const other = open(port);
    for (let time = 1; time <= 20; time += 1) {
      await other.send(get('/other'));
      expect(await other.replied(time)).toMatch(/ok$/);
    }
    // The server stopped reading after at most 128 KiB.
    expect(sockets[0]!.bytesRead).toBeLessThanOrEqual(2 * 65_536);
    expect(seen.filter((path) => path === '/x')).toEqual([]);
    client.socket.destroy();
  });

  it('gets all replies in order, and other connections are served between them', async () => {
    let number = 0;
    const { port, seen } = await serve((_req, res) => res.end(`<${(number += 1)}>`));
    const [client, other] = [open(port), open(port)];
    await other.send(get('/warm'));
    await other.replied();
    const count = 5_000;
    void client.send(get('/x').repeat(count));
    await until(() => seen.includes('/x'), 0);
    await other.send(get('/other'));
    await other.replied(2);
    expect(seen.indexOf('/other')).toBeLessThan(count);
    const text = await client.replied(count);
    const order = [...text.matchAll(/<(\d+)>/g)].map(([, digits]) => Number(digits));
    expect(order).toHaveLength(count);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('serves requests with bodies in their order', async () => {
    const { port } = await serve(echo);
    const client = open(port);
    await client.send(`${post(3)}one${chunkedPost}3\r\ntwo\r\n0\r\n\r\n${chunkedPost}0\r\n\r\n${get('/')}${post(5)}th`);
    await client.replied(4);
    await client.send('ree');
    expect([...(await client.replied(5)).matchAll(/<(\w*)>/g)].map(([, word]) => word)).toEqual([
      'one',
      'two',
      '',
      '',
      'three',
    ]);
  });
});

describe('a connection whose request is refused', () => {
  it('delivers the refusal to a client that is still sending', async () => {
    const { port, server, sockets } = await serve(echo);
    const client = open(port);
    client.socket.pause();
    let errors = 0;
    const second = new Promise<boolean>((resolve) => {
      server.on('clientError', () => {
        errors += 1;
        if (errors === 2) resolve(sockets[0]!.destroyed);
      });
    });
    void client.send(`${get('/').trimEnd()}\r\nbig: ${'x'.repeat(1_048_576)}`);
    expect(await second).toBe(false);
    client.socket.resume();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    ['CONNECT', connectRequest],
    ['an unreadable request', 'nonsense\r\n\r\n'],
  ])('is closed if the client does not read an earlier reply: %s', async (_, bytes) => {
    const { port, server } = await serve(large, {}, { inactivityTimeoutMs: 200 });
    const [connected, client] = [once(server, 'connection'), open(port)];
    client.socket.pause();
    const [socket] = (await connected) as [Socket];
    const closed = once(socket, 'close');
    // Each byte counts as activity.
    const dripping = setInterval(() => void client.send('x'), 30);
    await client.send(get('/') + bytes);
    await closed;
    clearInterval(dripping);
  });

  it('is closed if the client does not read the refusal', async () => {
    const { port, server } = await serve(echo);
    const [connected, client] = [once(server, 'connection'), open(port)];
    const [socket] = (await connected) as [Socket];
    // The write of the refusal does not end, as if the client's buffers were full.
    socket._write = () => undefined;
    socket._writev = () => undefined;
    const closed = once(socket, 'close');
    await client.send(connectRequest);
    await closed;
  });

  it('delivers a large earlier reply before it refuses CONNECT', async () => {
    const { port } = await serve(large);
    const client = open(port);
    await client.send(get('/') + connectRequest);
    const text = await client.closed();
    expect(text.match(/x{1000}/g)?.length).toBeGreaterThan(60_000);
    expect(text).toMatch(/0\r\n\r\nHTTP\/1\.1 400 /);
  });
});
