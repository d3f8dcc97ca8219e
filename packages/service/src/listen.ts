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
 * A server whose limits on requests and slow clients are in force; it does not listen yet. The app sees whole requests only. What fails after its request was answered, as a
 * handler does whose deadline has passed, is no news: left to Express, it would be printed and would cut a connection in good order.
 */
export function createLimitedServer(app: Express, options: ServerLimits & RefuseMalformedOptions = {}): Server {
  const server = createServer(serverOptions, (req, res) => {
    // What Express is called with by a server has no types of Express yet.
    app(req as Request, res as Response, () => {
      if (!res.writableEnded) res.destroy();
    });
  });
  return refuseMalformed(limitServer(server, options), options);
}

/** @throws Error one readable sentence when the port cannot be had */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
      reject(new Error(`cannot listen on ${host}:${port}: ${why}`, { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
}

/** Ends a server that nobody waits for, such as the management port's. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
