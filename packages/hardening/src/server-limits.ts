import type { Server, ServerOptions } from 'node:http';

/**
 * Limits that only `createServer(serverOptions, app)` can set. Headers beyond 16 KiB get 431. Node checks the time
 * limits of requests every second, so the limits of `limitServer` are exact to a second.
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
   * How long an unused connection stays open: at least 15 s longer than at the load balancer. Otherwise requests reach
   * closed connections. Default 75 s.
   */
  keepAliveTimeoutMs?: number;
  /**
   * If a connection in use is silent for this time, its client does not read the reply. The server then closes the
   * connection. Live feeds send heartbeats more often. Default 120 s.
   */
  inactivityTimeoutMs?: number;
  /** The server closes each further connection at once. Default: no limit. */
  connectionsMax?: number;
}

/** Sets the limits on a server made with `serverOptions`, and returns the server. Call it before the server listens. */
export function limitServer<T extends Server>(server: T, limits: ServerLimits = {}): T {
  server.headersTimeout = limits.headersTimeoutMs ?? 10_000;
  server.requestTimeout = limits.requestTimeoutMs ?? 30_000;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs ?? 75_000;
  server.timeout = limits.inactivityTimeoutMs ?? 120_000;
  if (limits.connectionsMax !== undefined) server.maxConnections = limits.connectionsMax;
  // With a maximum count, Node would silently drop headers and so change the meaning of a request. The size of the
  // headers is limited instead.
  server.maxHeadersCount = 0;
  return server;
}
