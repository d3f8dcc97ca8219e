import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy through which a test cuts, restores and slows down the connections to a server. */
export interface TestProxy {
  /** The address of the proxy, which never changes. */
  url: string;
  /** Refuses new connections and cuts open connections. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** Sends new connections to a different server. Open connections keep their server. */
  redirect(target: string): void;
  /** Delays all data to the server by this time. */
  slow(delayMs: number): void;
  close(): Promise<void>;
}

/** Opens a proxy to the server of `target`, such as redis://127.0.0.1:6379. */
export async function createTestProxy(target: string): Promise<TestProxy> {
  const url = new URL(target);
  let place = placeOf(target);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let delayMs = 0;

  function pass(client: Socket): void {
    const upstream = connect(place);
    passOn(client, upstream, () => delayMs);
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  }

  async function restore(): Promise<void> {
    if (server) return;
    server = createServer(pass).listen(Number(url.port), '127.0.0.1');
    await once(server, 'listening');
  }

  async function cut(): Promise<void> {
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    server = undefined;
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  url.hostname = '127.0.0.1';
  url.port = '0';
  await restore();
  url.port = String((server!.address() as AddressInfo).port);
  return {
    url: url.href,
    cut,
    restore,
    redirect: (other) => void (place = placeOf(other)),
    slow: (ms) => void (delayMs = ms),
    close: cut,
  };
}

function placeOf(target: string): { host: string; port: number } {
  const { hostname, port } = new URL(target);
  return { host: hostname, port: Number(port) };
}

/** Forwards data after a delay. If the delay becomes shorter, new data does not overtake old data. */
function passOn(from: Socket, to: Socket, delayOf: () => number): void {
  let lastAt = 0;
  from.on('data', (chunk: Buffer) => {
    lastAt = Math.max(lastAt, performance.now() + delayOf());
    const waitMs = lastAt - performance.now();
    if (waitMs <= 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), Math.ceil(waitMs)).unref();
  });
}
