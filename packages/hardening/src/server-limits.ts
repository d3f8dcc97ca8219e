import type { Server, ServerOptions } from 'node:http';

/**
 * Limits that must be set when a server is made: `createServer(serverOptions, app)`. Headers beyond 16 KiB get 431.
 * Overdue requests are checked every second, so that `limitServer`'s limits are exact to a second.
 */
export const serverOptions: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  connectionsCheckingInterval: 1000,
  insecureHTTPParser: false,
  requireHostHeader: true,
};

export interface ServerLimits {
  /** Time limit from the first byte of a request to the end of its headers. Default 10 s. */
  headersTimeoutMs?: number;
  /** Time limit from the first byte of a request to the end of its body. Default 30 s. */
  requestTimeoutMs?: number;
  /**
   * How long an unused connection is kept. At least 15 s longer than the load balancer keeps it, or the load balancer
   * may send a request while the connection is being closed. Default 75 s.
   */
  keepAliveTimeoutMs?: number;
  /**
   * How long a connection in use may be silent: ends clients that do not read their reply. Live feeds send heartbeats
   * more often. Default 120 s.
   */
  inactivityTimeoutMs?: number;
  /** Further connections are closed at once. Default: no limit except that of open files. */
  connectionsMax?: number;
}

/** Sets the limits on a server made with `serverOptions`, before it listens, and returns it. */
export function limitServer<T extends Server>(server: T, limits: ServerLimits = {}): T {
  server.headersTimeout = limits.headersTimeoutMs ?? 10_000;
  server.requestTimeout = limits.requestTimeoutMs ?? 30_000;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs ?? 75_000;
  server.timeout = limits.inactivityTimeoutMs ?? 120_000;
  if (limits.connectionsMax !== undefined) server.maxConnections = limits.connectionsMax;
  // Node would silently drop headers beyond a count, and so change what a request means. Their size is limited instead.
  server.maxHeadersCount = 0;
  return server;
}
