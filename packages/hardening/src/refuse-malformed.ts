import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createPipeline, type Exchange, type Pipeline } from './pipeline.js';
import { parserFaultOf, refuseBy, refuseOn, type Refusal } from './refusal.js';
import { faultOf, type Fault } from './request-faults.js';
import { announcedFault, awaitBody, boundArrivingBodies, hasBody, type BodyLimits } from './whole-body.js';

export interface RefuseMalformedOptions {
  /** Largest body of a request, in bytes, whoever answers it and with which status. Default 64 KiB. */
  bodyBytesMax?: number;
  /** How long a body may take to arrive. Default 3 s. */
  bodyGraceMs?: number;
  /** A body that arrives at this mean rate may take longer, in bytes a second. Default 16 KiB. */
  bodyBytesPerSMin?: number;
  /** What all bodies that are still arriving may hold together, in bytes. Default 32 MiB, or four bodies where that is more. */
  bodiesBytesMax?: number;
  /** Called for each refusal: the app never sees the request. */
  report?: (message: string, fields: Record<string, unknown>) => void;
}

/** A client that is refused may still be sending. Closing a socket with unread bytes resets it, and loses the refusal; so they are read, this long and so many. */
const lingerMs = 1_000;
const lingerBytesMax = 1_048_576;

/**
 * Refuses what RFC 9110 and 9112 want refused: with problem+json, 400 where no other status says more, after the replies that are due before it,
 * and as the last thing on the connection. What follows is never served, whatever a proxy in front takes it for.
 *
 * Passes a request on when all of it is there. A body that is too large or too slow is refused in the same way, so that a client that sends slowly takes nothing but
 * its own connection, and all that the platform does for a request is done without waiting for its client.
 */
export function refuseMalformed<T extends Server>(server: T, options: RefuseMalformedOptions = {}): T {
  const { bodyBytesMax = 65_536, bodyGraceMs = 3_000, bodyBytesPerSMin = 16_384, report } = options;
  const { bodiesBytesMax = Math.max(33_554_432, 4 * bodyBytesMax) } = options;
  const bodyLimits: BodyLimits = {
    bytesMax: bodyBytesMax,
    graceMs: bodyGraceMs,
    bytesPerSMin: bodyBytesPerSMin,
    arriving: boundArrivingBodies(bodiesBytesMax),
  };
  const pipelines = new WeakMap<Socket, Pipeline>();

  function pipelineOf(socket: Socket): Pipeline {
    const known = pipelines.get(socket);
    if (known) return known;
    const pipeline = createPipeline(socket, (exchange) => receive(pipeline, exchange));
    pipelines.set(socket, pipeline);
    return pipeline;
  }

  function refusalOf(fault: Fault, address: string | undefined, askedId?: string): Refusal {
    const random = randomUUID();
    const requestId = askedId ?? random;
    // It has no trace to go on with: what it said of one cannot be trusted to be that.
    const traceId = random.replaceAll('-', '');
    report?.('request refused', { requestId, traceId, status: fault.status, reason: fault.detail, address });
    return { requestId, traceId, fault };
  }

  function receive(pipeline: Pipeline, exchange: Exchange): void {
    const { req, res } = exchange;
    const fault = faultOf(req) ?? announcedFault(req, bodyLimits);
    if (fault) return refuse(pipeline, exchange, fault);
    if (req.headers.upgrade !== undefined) {
      // It is served as HTTP/1.1. What follows may be of the other protocol, so nothing of it is taken for a request.
      pipeline.isOpen = false;
      res.shouldKeepAlive = false;
    }
    if (!hasBody(req)) return serve(exchange);
    if (exchange.expectsContinue) res.writeContinue();
    awaitBody(req, res, bodyLimits, (late) => {
      if (late) refuse(pipeline, exchange, late);
      else serve(exchange);
    });
  }

  function refuse(pipeline: Pipeline, { req, res }: Exchange, fault: Fault): void {
    // The client's bytes turned out not to be HTTP, and it has had that for an answer.
    if (res.headersSent) return;
    pipeline.isOpen = false;
    linger(req.socket);
    refuseBy(res, refusalOf(fault, req.socket.remoteAddress, idOf(req)));
    drop(req);
  }

  /** No request can be read from this connection any more. Those before have their replies first. */
  function end(socket: Socket, fault: Fault | undefined): void {
    const pipeline = pipelineOf(socket);
    if (!pipeline.isOpen) return;
    pipeline.whenServed((incomplete) => {
      if (!pipeline.isOpen) return;
      pipeline.isOpen = false;
      linger(socket);
      if (!fault || !socket.writable) socket.end();
      else if (incomplete) refuseBy(incomplete.res, refusalOf(fault, socket.remoteAddress));
      else refuseOn(socket, refusalOf(fault, socket.remoteAddress));
    });
  }

  const serve = interceptRequests(server, (exchange) => {
    const pipeline = pipelineOf(exchange.req.socket);
    if (pipeline.isOpen) pipeline.add(exchange);
  });
  // Node would answer 400 and then serve what follows.
  Object.assign(server, { requireHostHeader: false });
  // Without listeners Node would send 100 or 417 by itself, the one before a body is wanted and the other going on with what follows.
  server.on('checkContinue', () => undefined);
  server.on('checkExpectation', () => undefined);
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket;
    if (socket.destroyed || !socket.writable) socket.destroy();
    else end(socket, parserFaultOf(error));
  });
  server.on('connect', ({ socket }) => {
    socket.on('error', () => socket.destroy()).resume();
    end(socket, { status: 400, code: 'invalid_request', detail: 'CONNECT is not served here.' });
  });
  return server;
}

const isPlainId = /^[A-Za-z0-9._-]{1,64}$/;

/** The client's own id, where it is one that a reply may carry. */
function idOf({ headers }: IncomingMessage): string | undefined {
  const asked = headers['x-request-id'];
  return typeof asked === 'string' && isPlainId.test(asked) ? asked : undefined;
}

/** Reads what is left of a refused body, up to a bound: see `lingerMs`. */
function drop(req: IncomingMessage): void {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytesMax) req.socket.destroy();
  });
}

/** An EventEmitter cannot put an event off, so it is caught where it is emitted. Returns what emits it to the app after all. */
function interceptRequests(server: Server, receive: (exchange: Exchange) => void): (exchange: Exchange) => void {
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...args: unknown[]) => {
    if (event !== 'request' && event !== 'checkContinue' && event !== 'checkExpectation') return emit(event, ...args);
    const [req, res] = args as [IncomingMessage, ServerResponse];
    receive({ req, res, expectsContinue: event === 'checkContinue' });
    return true;
  };
  return ({ req, res }) => void emit('request', req, res);
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
