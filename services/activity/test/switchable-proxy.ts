import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to a server that can be cut and restored. */
export interface SwitchableProxy {
  readonly port: number;
  /** Refuses connections and cuts those that are open. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** Cut at first; on a port that stays the same. */
export async function openProxy(target: { host: string; port: number }): Promise<SwitchableProxy> {
  const sockets = new Set<Socket>();
  let server: Server;
  let port = 0;

  function pass(client: Socket): void {
    const upstream = connect(target);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one));
      one.pipe(other);
    }
  }

  async function restore(): Promise<void> {
    server = createServer(pass);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  }

  async function cut(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await restore();
  await cut();
  return {
    get port() {
      return port;
    },
    cut,
    restore,
  };
}
