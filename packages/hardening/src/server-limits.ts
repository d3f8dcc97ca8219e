import type { Server, ServerOptions } from 'node:http';

/**
 * What can be limited only while a server is made: `createServer(serverOptions, app)`. Headers beyond 16 KiB are answered 431, and
 * overdue requests are looked for every second, so that `limitServer`'s limits hold to the second.
 */
export const serverOptions: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  connectionsCheckingInterval: 1000,
  insecureHTTPParser: false,
  requireHostHeader: true,
};

export interface ServerLimits {
  /** From the first byte of a request to the end of its headers. Default 10 s. */
  headersTimeoutMs?: number;
  /** From the first byte of a request to the end of its body. Default 30 s. */
  requestTimeoutMs?: number;
  /** How long an unused connection is kept. At least 15 s longer than the load balancer keeps it, or the two race. Default 75 s. */
  keepAliveTimeoutMs?: number;
  /** How long a connection in use may carry no byte: ends clients that do not read their reply. Live feeds beat more often. Default 120 s. */
  inactivityTimeoutMs?: number;
  /** Connections beyond it are closed at once. Default: no limit but that of open files. */
  connectionsMax?: number;
}

/** Sets the limits on a server made with `serverOptions`, before it listens, and returns it. */
export function limitServer<T extends Server>(server: T, limits: ServerLimits = {}): T {
  server.headersTimeout = limits.headersTimeoutMs ?? 10_000;
  server.requestTimeout = limits.requestTimeoutMs ?? 30_000;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs ?? 75_000;
  server.timeout = limits.inactivityTimeoutMs ?? 120_000;
  if (limits.connectionsMax !== undefined) server.maxConnections = limits.connectionsMax;
  // Node would drop headers beyond a count without a word, and so change what a request means; their size is what is limited.
  server.maxHeadersCount = 0;
  return server;
}
