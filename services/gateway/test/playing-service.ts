import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** True if the complete body arrived. */
  complete: boolean;
}

type Handler = (req: IncomingMessage, res: ServerResponse, received: ReceivedRequest) => unknown;

/**
 * A real HTTP server that simulates a service. It stores the received requests. Without a handler, it responds with 200
 * and `{}`.
 */
export interface PlayingService {
  url: string;
  received: ReceivedRequest[];
  /** Sets the handler of a request, for example `GET /v1/accounts`. The handler runs after the body has arrived. */
  on(route: string, handler: Handler): void;
  /** Sets a handler that runs before any byte of the body is read. */
  onHead(route: string, handler: Handler): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1, or on `host` and `port`. */
export async function playService({ host = '127.0.0.1', port = 0 } = {}): Promise<PlayingService> {
  const received: ReceivedRequest[] = [];
  const handlers = new Map<string, Handler>();
  const headHandlers = new Map<string, Handler>();
  const server = http.createServer((req, res) => {
    const { method = '', url = '', headers } = req;
    const route = `${method} ${url.split('?')[0]}`;
    const request: ReceivedRequest = { method, url, headers, body: '', complete: false };
    received.push(request);
    const early = headHandlers.get(route);
    if (early) return void early(req, res, request);
    req.setEncoding('utf8');
    req.on('data', (text: string) => (request.body += text));
    req.on('end', () => {
      request.complete = true;
      (handlers.get(route) ?? answerNothing)(req, res, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    received,
    on: (route, handler) => handlers.set(route, handler),
    onHead: (route, handler) => headHandlers.set(route, handler),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function json(res: ServerResponse, status: number, body: unknown): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  res.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}

export function problem(res: ServerResponse, status: number, code: string, more: object = {}): void {
  json(res, status, {
    type: `urn:problem:${code}`,
    title: code,
    status,
    detail: code,
    code,
    requestId: 'upstream',
    ...more,
  });
}

const answerNothing: Handler = (_req, res) => json(res, 200, {});
