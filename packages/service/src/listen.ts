import { createServer, type Server } from 'node:http';
import {
  limitServer,
  refuseMalformed,
  serverOptions,
  type RefuseMalformedOptions,
  type ServerLimits,
} from '@mainstay/hardening';
import type { Express, Request, Response } from 'express';

/** Makes a server with limits for slow clients. Ignores errors after the response has been sent. */
export function createLimitedServer(app: Express, options: ServerLimits & RefuseMalformedOptions = {}): Server {
  const server = createServer(serverOptions, (req, res) => {
    // Express's types describe a call with three arguments only for Express's own request and response.
    app(req as Request, res as Response, () => {
      if (!res.writableEnded) res.destroy();
    });
  });
  return refuseMalformed(limitServer(server, options), options);
}

/** @throws Error if the port is not available */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'another process uses the port; stop it, or set another port' : error.message;
      reject(new Error(`cannot listen on ${host}:${port}: ${why}`, { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
}

/** Closes a server at once, including connections with running requests. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
