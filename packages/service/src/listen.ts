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
 * Makes a server with limits on requests and slow clients. It does not listen yet. The app gets only complete requests.
 * Errors after the response has been sent are ignored, such as an error of a handler after its deadline. Express would
 * print them and close a healthy connection.
 */
export function createLimitedServer(app: Express, options: ServerLimits & RefuseMalformedOptions = {}): Server {
  const server = createServer(serverOptions, (req, res) => {
    // The types of Express do not cover a direct call of the app.
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

/** Closes a server and its connections at once, without waiting for running requests. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
