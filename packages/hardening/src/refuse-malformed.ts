import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { parserFaultOf, refuseBy, refuseOn, type Refusal } from './refusal.js';
import { faultOf, type Fault } from './request-faults.js';

export interface RefuseMalformedOptions {
  /** Told of each refusal: the app never sees the request. */
  report?: (message: string, fields: Record<string, unknown>) => void;
}

interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
}

/** What is known of a connection: its requests that wait for a reply, and whether it takes no more of them. */
interface Connection {
  exchanges: Set<Exchange>;
  isOver: boolean;
}

/** A client that is refused may still be sending. Closing a socket with unread bytes resets it, and loses the refusal; so they are read, this long. */
const lingerMs = 1_000;

/**
 * Refuses what RFC 9110 and 9112 want refused: with problem+json, 400 where no other status says more, after the replies that are due before it,
 * and as the last thing on the connection. What follows is never served, whatever a proxy in front takes it for. Requests of a pipeline are served one
 * after the other: side by side they could overtake each other, and one packet could hold hundreds.
 */
export function refuseMalformed<T extends Server>(server: T, { report }: RefuseMalformedOptions = {}): T {
  const connections = new WeakMap<Socket, Connection>();

  function connectionOf(socket: Socket): Connection {
    const connection = connections.get(socket) ?? { exchanges: new Set(), isOver: false };
    connections.set(socket, connection);
    return connection;
  }

  function refusalOf(fault: Fault, address: string | undefined): Refusal {
    const requestId = randomUUID();
    // It has no trace to go on with: what it said of one cannot be trusted to be that.
    const traceId = requestId.replaceAll('-', '');
    report?.('request refused', { requestId, traceId, status: fault.status, reason: fault.detail, address });
    return { requestId, traceId, fault };
  }

  function receive(req: IncomingMessage, res: ServerResponse, serve: () => void): void {
    const { socket } = req;
    const connection = connectionOf(socket);
    if (connection.isOver) return;
    const previous = [...connection.exchanges].at(-1);
    const exchange = { req, res };
    connection.exchanges.add(exchange);
    res.once('close', () => connection.exchanges.delete(exchange));
    const fault = faultOf(req);
    if (fault) {
      connection.isOver = true;
      refuseBy(res, refusalOf(fault, socket.remoteAddress));
      return;
    }
    if (req.headers.upgrade !== undefined) {
      // It is served as HTTP/1.1. What follows may be of the other protocol, so nothing of it is taken for a request.
      connection.isOver = true;
      res.shouldKeepAlive = false;
    }
    if (!previous) serve();
    else void hasEnded(previous).then(() => socket.writable && serve());
  }

  /** No request can be read from this connection any more. Those before have their replies first. */
  async function end(socket: Socket, fault: Fault | undefined): Promise<void> {
    const connection = connectionOf(socket);
    if (connection.isOver) return;
    connection.isOver = true;
    const exchanges = [...connection.exchanges];
    const broken = exchanges.find(({ req }) => !req.complete);
    await Promise.all(exchanges.filter((exchange) => exchange !== broken).map(hasEnded));
    linger(socket);
    if (!fault || !socket.writable) socket.end();
    else if (!broken) refuseOn(socket, refusalOf(fault, socket.remoteAddress));
    else if (broken.res.headersSent) socket.destroy();
    else refuseBy(broken.res, refusalOf(fault, socket.remoteAddress));
    // The app may wait for the rest of the body, and Node tells it of no end once the reply is out.
    if (broken) socket.once('close', () => broken.req.destroy());
  }

  interceptRequests(server, receive);
  // Node would answer 400 and then serve what follows.
  Object.assign(server, { requireHostHeader: false });
  // Without a listener Node would answer 417 by itself and go on with what follows.
  server.on('checkExpectation', () => undefined);
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket;
    if (socket.destroyed || !socket.writable) socket.destroy();
    else void end(socket, parserFaultOf(error));
  });
  server.on('connect', ({ socket }) => {
    socket.on('error', () => socket.destroy()).resume();
    void end(socket, { status: 400, code: 'invalid_request', detail: 'CONNECT is not served here.' });
  });
  return server;
}

/** An EventEmitter cannot put an event off, so it is caught where it is emitted. */
function interceptRequests(
  server: Server,
  receive: (req: IncomingMessage, res: ServerResponse, serve: () => void) => void,
): void {
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...args: unknown[]) => {
    if (event !== 'request' && event !== 'checkContinue' && event !== 'checkExpectation') return emit(event, ...args);
    receive(args[0] as IncomingMessage, args[1] as ServerResponse, () => void emit(event, ...args));
    return true;
  };
}

function hasEnded({ res }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    if (res.closed) resolve();
    else res.once('close', () => resolve());
  });
}

/** From now on, whoever ends the socket, Node after a last reply or we: it is half closed, and gone only when the client has read, or time is up. */
function linger(socket: Socket): void {
  const destroyLater = (): void => {
    if (socket.destroyed) return;
    socket.once('end', () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    socket.once('close', () => clearTimeout(timer));
  };
  socket.once('finish', destroyLater);
  socket.destroySoon = () => {
    socket.end();
  };
}
