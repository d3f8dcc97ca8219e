import type { Server, ServerOptions } from 'node:http';

/** Options for `createServer`. With these options, Node checks time limits every second. */
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
   * The time after which an unused connection is closed. Default 75 s. Set at least 15 s more than the idle time of the
   * load balancer, which could otherwise send a request to a closed connection.
   */
  keepAliveTimeoutMs?: number;
  /** A connection without traffic for this time is closed. Live feeds send heartbeats more often. Default 120 s. */
  inactivityTimeoutMs?: number;
  /**
   * The maximum number of connections. The server closes any further connection at once, in a cluster even if another
   * worker has fewer connections. Default: no limit.
   */
  connectionsMax?: number;
}

/** Sets the limits on a server made with `serverOptions`. Call this function before the server listens. */
export function limitServer<T extends Server>(server: T, limits: ServerLimits = {}): T {
  server.headersTimeout = limits.headersTimeoutMs ?? 10_000;
  server.requestTimeout = limits.requestTimeoutMs ?? 30_000;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs ?? 75_000;
  server.timeout = limits.inactivityTimeoutMs ?? 120_000;
  if (limits.connectionsMax !== undefined) server.maxConnections = limits.connectionsMax;
  // Without this setting, a full cluster worker passes a connection to the next worker. If all workers are full, they
  // pass the connection around without a pause. The connection then stays open, and all processes use much CPU time.
  Object.assign(server, { dropMaxConnection: true });
  // 0 means no maximum. Node would silently drop the headers above a maximum.
  server.maxHeadersCount = 0;
  return server;
}
