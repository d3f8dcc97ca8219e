import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { limitServer, serverOptions, type ServerLimits } from './server-limits.js';

let server: Server;
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

async function startServer(limits: ServerLimits, handler = (res: ServerResponse) => void res.end('ok')): Promise<void> {
  server = createServer({ ...serverOptions, connectionsCheckingInterval: 50 }, (_req, res) => handler(res));
  limitServer(server, limits).listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** Sends a text. Returns all that the server sends until it closes the connection. */
async function talk(text: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return received;
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: test\r\n';

describe('limitServer', () => {
  it('closes the connection of a client that does not finish its headers', async () => {
    await startServer({ headersTimeoutMs: 100 });
    expect(await talk(REQUEST)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('closes the connection of a client that does not finish its body', async () => {
    await startServer({ headersTimeoutMs: 100, requestTimeoutMs: 150 }, () => undefined);
    expect(await talk('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('closes a connection that is silent while the app prepares the reply', async () => {
    await startServer({ inactivityTimeoutMs: 100 }, (res) => void res.write('first'));
    expect(await talk(`${REQUEST}\r\n`)).toMatch(/first/);
  });

  it('closes a kept-alive connection that is not used', async () => {
    await startServer({ keepAliveTimeoutMs: 100 });
    expect(await talk(`${REQUEST}\r\n`)).toMatch(/ok$/);
  });

  it('refuses headers beyond 16 KiB, and drops no smaller header', async () => {
    await startServer({});
    expect(await talk(`${REQUEST}big: ${'x'.repeat(17_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    let seen = 0;
    server.once('request', (req: { rawHeaders: string[] }) => (seen = req.rawHeaders.length / 2));
    await talk(`${REQUEST}${'a:\r\n'.repeat(2500)}Connection: close\r\n\r\n`);
    expect(seen).toBe(2502);
  });

  it('accepts no more connections than allowed', async () => {
    await startServer({ connectionsMax: 1, keepAliveTimeoutMs: 200 });
    const first = talk(`${REQUEST}\r\n`);
    await once(server, 'connection');
    expect(await talk(`${REQUEST}\r\n`)).toBe('');
    expect(await first).toMatch(/ok$/);
  });
});
