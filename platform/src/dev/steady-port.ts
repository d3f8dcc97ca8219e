import { connect, createServer, type Socket } from 'node:net';

/** A port that stays open while the processes behind it change. */
export interface SteadyPort {
  /** New connections reach this port of 127.0.0.1. Open ones stay with their process. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

const RETRY_MS = 50;

/**
 * Listens on a port of 127.0.0.1 and passes each connection on. While no process accepts it, the connection waits.
 * @throws Error if the port is in use
 */
export async function openSteadyPort(port: number): Promise<SteadyPort> {
  let target: number | undefined;
  const clients = new Set<Socket>();

  function passOn(client: Socket): void {
    if (client.destroyed) return;
    const again = () => setTimeout(passOn, RETRY_MS, client).unref();
    if (target === undefined) return void again();
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    server.once('error', again);
    server.once('connect', () => {
      server.off('error', again);
      join(client, server);
    });
  }

  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    client.on('error', () => client.destroy());
    passOn(client);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', resolve);
  });
  return {
    leadTo: (next) => void (target = next),
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const client of clients) client.destroy();
      }),
  };
}

/** When one side closes its end or resets, the other side is closed in the same way. */
function join(client: Socket, server: Socket): void {
  client.pipe(server);
  server.pipe(client);
  server.on('error', () => client.resetAndDestroy());
  client.once('close', () => server.destroy());
}
