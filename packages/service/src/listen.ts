import { createServer, type Server } from 'node:http';
import {
  limitServer,
  refuseMalformed,
  serverOptions,
  type RefuseMalformedOptions,
  type ServerLimits,
} from '@mainstay/hardening';
import type { Express, Request, Response } from 'express';

/**
 * A server with limits on requests and slow clients; it does not listen yet. The app sees only complete requests.
 * Errors after the response has been sent, as of a handler whose deadline has passed, are ignored: Express would
 * print them and cut a healthy connection.
 */
export function createLimitedServer(app: Express, options: ServerLimits & RefuseMalformedOptions = {}): Server {
  const server = createServer(serverOptions, (req, res) => {
    // The types of Express do not cover a call by a server.
    app(req as Request, res as Response, () => {
      if (!res.writableEnded) res.destroy();
    });
  });
  return refuseMalformed(limitServer(server, options), options);
}

/** @throws Error with one sentence if the port is not available */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
      reject(new Error(`cannot listen on ${host}:${port}: ${why}`, { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
}

/** Ends a server without waiting for its connections, such as the management port's. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
