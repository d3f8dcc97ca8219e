import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrival {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
}

/** Gateways for tests of an edge. The path of a request decides whether the gateway fails. */
export interface FakeGateways {
  /** The addresses of the gateways, for example `127.0.0.1:<port>`. */
  addresses: string[];
  /** All requests that have arrived, except health checks. */
  arrivals: Arrival[];
  /** Ends the open replies of `/v1/activity/live`. */
  release(): void;
  close(): Promise<void>;
}

/**
 * Starts `count` gateways, which count the broken connections together. The reply depends on the path of the request:
 * - `/v1/dies`: the gateway reads the request and breaks the connection.
 * - `/v1/dies-once/<name>`: for each name, the connection of the first request breaks. Later requests get a reply from
 *   any gateway.
 * - `/v1/dies-3-times`: the connections of the first three requests break.
 * - `/v1/activity/live`: the gateway sends one event and keeps the reply open.
 * - Every other path, except `/healthz`: the reply describes the request.
 */
export async function startFakeGateways(count: number): Promise<FakeGateways> {
  const arrivals: Arrival[] = [];
  const deaths = new Map<string, number>();
  const held: http.ServerResponse[] = [];

  function answer(req: http.IncomingMessage, res: http.ServerResponse): void {
    const { method = '', url: path = '', headers } = req;
    if (path === '/healthz') return void res.end('{"status":"ok"}');
    arrivals.push({ method, path, headers });
    const died = deaths.get(path) ?? 0;
    if (died < deathsOf(path)) {
      deaths.set(path, died + 1);
      return void req.resume().on('end', () => req.socket.destroy());
    }
    req.resume();
    if (path === '/v1/activity/live') {
      held.push(res);
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: first\ndata: {}\n\n');
      return;
    }
    res.setHeader('strict-transport-security', 'max-age=1');
    res.setHeader('x-request-id', headers['x-request-id'] ?? '');
    res.setHeader('content-type', 'application/json').end(JSON.stringify({ method, path, headers }));
  }

  const servers = Array.from({ length: count }, () => http.createServer(answer).listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  return {
    addresses: servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`),
    arrivals,
    release: () => held.splice(0).forEach((res) => res.end()),
    async close() {
      await Promise.all(
        servers.map(async (server) => {
          server.close();
          server.closeAllConnections();
          await once(server, 'close');
        }),
      );
    },
  };
}

function deathsOf(path: string): number {
  if (path === '/v1/dies') return Infinity;
  if (path.startsWith('/v1/dies-once/')) return 1;
  return path === '/v1/dies-3-times' ? 3 : 0;
}
