import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { requestIdOf } from '@mainstay/errors';
import { createPipeline, type Exchange, type Pipeline } from './pipeline.js';
import { parserFaultOf, refuseBy, refuseOn, type Refusal } from './refusal.js';
import { faultOf, type Fault } from './request-faults.js';
import { announcedFault, awaitBody, boundArrivingBodies, hasBody, type BodyLimits } from './whole-body.js';

export interface RefuseMalformedOptions {
  /** Largest body of a request, in bytes, for every route and status. Default 64 KiB. */
  bodyBytesMax?: number;
  /** How long a body may take to arrive. Default 3 s. */
  bodyGraceMs?: number;
  /** A body that arrives at this mean rate may take longer, in bytes a second. Default 16 KiB. */
  bodyBytesPerSMin?: number;
  /** Bound of all bodies that are still arriving, in bytes. Default 32 MiB, or four bodies if that is more. */
  bodiesBytesMax?: number;
  /** Called for each refusal, because the app never sees the request. */
  report?: (message: string, fields: Record<string, unknown>) => void;
}

/**
 * A refused client may still be sending. Closing a socket with unread bytes resets it and loses the refusal. So bytes
 * are read, for this long and up to this many.
 */
const LINGER_MS = 1_000;
const LINGER_BYTES_MAX = 1_048_576;

/**
 * Refuses what RFC 9110 and 9112 forbid. The refusal is problem+json (400, or a more precise status), follows the
 * earlier replies, and is the last response on the connection. Later bytes are never served, so it does not matter how
 * a proxy in front would read them.
 *
 * Passes a request on when all of it has arrived. A body that is too large or too slow is refused in the same way. So
 * a client that sends slowly uses only its own connection, and the platform never waits for a client.
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
    // A malformed request gets a new trace id, because its header may be malformed too.
    const traceId = random.replaceAll('-', '');
    report?.('request refused', { requestId, traceId, status: fault.status, reason: fault.detail, address });
    return { requestId, traceId, fault };
  }

  function receive(pipeline: Pipeline, exchange: Exchange): void {
    const { req, res } = exchange;
    const fault = faultOf(req) ?? announcedFault(req, bodyLimits);
    if (fault) return refuse(pipeline, exchange, fault);
    if (req.headers.upgrade !== undefined) {
      // It is served as HTTP/1.1. The bytes after it may use the other protocol, so they are not read as a request.
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
    // The parser has already failed on this connection, and the client has got that refusal.
    if (res.headersSent) return;
    pipeline.isOpen = false;
    linger(req.socket);
    refuseBy(res, refusalOf(fault, req.socket.remoteAddress, requestIdOf(req)));
    drop(req);
  }

  /** No request can be read from this connection any more. Earlier ones get their replies first. */
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
  // Node would respond with 400 and then serve the requests that follow.
  Object.assign(server, { requireHostHeader: false });
  // Without listeners Node would respond by itself: with 100 before the body is wanted, or with 417, and then serve the
  // requests that follow.
  server.on('checkContinue', () => undefined);
  server.on('checkExpectation', () => undefined);
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket;
    if (socket.destroyed || !socket.writable) socket.destroy();
    else end(socket, parserFaultOf(error));
  });
  server.on('connect', ({ socket }) => {
    socket.on('error', () => socket.destroy()).resume();
    end(socket, { status: 400, code: 'invalid_request', detail: 'CONNECT is not supported.' });
  });
  return server;
}

/** Reads the rest of a refused body, up to LINGER_BYTES_MAX. */
function drop(req: IncomingMessage): void {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES_MAX) req.socket.destroy();
  });
}

/**
 * An EventEmitter cannot delay an event, so `emit` is replaced. Returns a function that delivers the event to the app.
 */
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

/**
 * From now on the socket is half closed, whether Node or this code ends it. It is destroyed when the client has read,
 * or after a time limit.
 */
function linger(socket: Socket): void {
  const destroyLater = (): void => {
    if (socket.destroyed) return;
    socket.once('end', () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  };
  socket.once('finish', destroyLater);
  socket.destroySoon = () => {
    socket.end();
  };
}
