import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

const RETRY_MS = 50;

/**
 * Passes connections on `port` to `target` once `isReady` returns true.
 * @returns a function that closes `port` and all connections
 */
export async function holdConnections(port: number, target: number, isReady: () => Promise<boolean>) {
  const clients = new Set<Socket>();

  async function passOn(client: Socket): Promise<void> {
    const retry = () => setTimeout(() => void passOn(client), RETRY_MS).unref();
    const ready = await isReady();
    if (client.destroyed) return;
    if (!ready) return void retry();
    const service = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    service.once('error', retry);
    service.once('connect', () => {
      service.off('error', retry);
      service.on('error', () => client.resetAndDestroy());
      client.once('close', () => service.destroy());
      client.pipe(service).pipe(client);
    });
  }

  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    client.on('error', () => client.destroy());
    void passOn(client);
  });
  await once(listener.listen(port, '127.0.0.1'), 'listening');
  return () =>
    new Promise<void>((resolve) => {
      listener.close(() => resolve());
      for (const client of clients) client.destroy();
    });
}
