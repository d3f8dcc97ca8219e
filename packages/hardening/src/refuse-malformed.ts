import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { requestIdOf } from '@mainstay/errors';
import { createPipeline, type Exchange, type Pipeline } from './pipeline.js';
import { parserFaultOf, refuseBy, refuseOn, type Refusal } from './refusal.js';
import { faultOf, type Fault } from './request-faults.js';
import { announcedFault, awaitBody, boundArrivingBodies, hasBody, type BodyLimits } from './whole-body.js';

export interface RefuseMalformedOptions {
  /** Maximum size of a request body in bytes. The maximum applies to every route. Default: 64 KiB. */
  bodyBytesMax?: number;
  /** Milliseconds during which a body may arrive at any speed. Default: 3000. */
  bodyGraceMs?: number;
  /**
   * Minimum rate of an arriving body in bytes per second. A body must arrive within `bodyGraceMs` plus the time that
   * its received bytes need at the minimum rate. Default: 16 KiB per second.
   */
  bodyBytesPerSMin?: number;
  /**
   * Maximum size in bytes of all arriving bodies together. Default: the larger of 32 MiB and four times `bodyBytesMax`.
   */
  bodiesBytesMax?: number;
  /** Called for each refused request, because the app never sees a refused request. */
  report?: (message: string, fields: Record<string, unknown>) => void;
}

/**
 * If the server closes a connection at once, a client that is still sending can lose the refusal. So the server
 * continues to read for at most LINGER_MS, and at most LINGER_BYTES_MAX bytes of the refused body.
 */
const LINGER_MS = 1_000;
const LINGER_BYTES_MAX = 1_048_576;

/**
 * Refuses requests that RFC 9110 and RFC 9112 forbid. The app gets a request only after the whole body of the request
 * has arrived. After a refusal, the server ignores later bytes of the connection, because later bytes can contain a
 * smuggled request.
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
  const ending = new WeakSet<Socket>();

  function pipelineOf(socket: Socket): Pipeline {
    const known = pipelines.get(socket);
    if (known) return known;
    const pipeline = createPipeline(socket, (exchange) => receive(pipeline, exchange));
    pipelines.set(socket, pipeline);
    return pipeline;
  }

  function refusalOf(fault: Fault, address: string | undefined, clientRequestId?: string): Refusal {
    const random = randomUUID();
    const requestId = clientRequestId ?? random;
    // The trace header of a malformed request can be malformed too, so use a new trace id.
    const traceId = random.replaceAll('-', '');
    report?.('request refused', { requestId, traceId, status: fault.status, reason: fault.detail, address });
    return { requestId, traceId, fault };
  }

  function receive(pipeline: Pipeline, exchange: Exchange): void {
    const { req, res } = exchange;
    const fault = faultOf(req) ?? announcedFault(req, bodyLimits);
    if (fault) return refuse(pipeline, exchange, fault);
    if (req.headers.upgrade !== undefined) {
      // After a request with `Upgrade: websocket`, the next bytes can be WebSocket frames. So the next bytes are not
      // read as a request.
      pipeline.isOpen = false;
      res.shouldKeepAlive = false;
    }
    if (!hasBody(req)) return serve(exchange);
    if (exchange.expectsContinue) res.writeContinue();
    awaitBody(req, res, bodyLimits, (bodyFault) => {
      if (bodyFault) refuse(pipeline, exchange, bodyFault);
      else serve(exchange);
    });
  }

  function refuse(pipeline: Pipeline, { req, res }: Exchange, fault: Fault): void {
    // The function `end` below can already have refused an incomplete request. In this case, the request already has a
    // reply.
    if (res.headersSent) return;
    pipeline.isOpen = false;
    linger(req.socket);
    refuseBy(res, refusalOf(fault, req.socket.remoteAddress, requestIdOf(req)));
    drop(req);
  }

  /**
   * Waits for the replies to earlier requests, but at most for the server's inactivity limit. Then sends a refusal if
   * there is a `fault`, and ends the connection.
   */
  function end(socket: Socket, fault: Fault | undefined): void {
    const pipeline = pipelineOf(socket);
    if (!pipeline.isOpen || ending.has(socket)) return;
    ending.add(socket);
    // Later bytes count as activity. So without this limit, a client that sends them but does not read could keep the
    // connection forever.
    const cancel = server.timeout > 0 ? destroyAfter(socket, server.timeout) : () => undefined;
    pipeline.whenServed((incomplete) => {
      cancel();
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
  // If `requireHostHeader` were true, Node itself would respond with 400 to a request without `Host`. Node would then
  // serve later requests of the connection.
  Object.assign(server, { requireHostHeader: false });
  // Without listeners for `checkContinue` and `checkExpectation`, Node itself would respond with 100 or 417.
  server.on('checkContinue', () => undefined);
  server.on('checkExpectation', () => undefined);
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket;
    // After a refusal, Node reports an error for each later piece of data. If such an error destroyed the socket, the
    // client could lose the refusal.
    if (!socket.writable && pipelineOf(socket).isOpen) socket.destroy();
    else end(socket, parserFaultOf(error));
  });
  server.on('connect', ({ socket }) => {
    socket.on('error', () => socket.destroy()).resume();
    // Node has removed its own listener. Without `drain`, the reply to an earlier request would stop forever.
    socket.on('drain', () => pipelineOf(socket).current?.res.emit('drain'));
    end(socket, { status: 400, code: 'invalid_request', detail: 'CONNECT is not supported.' });
  });
  return server;
}

/** Reads and drops the rest of a refused body, up to LINGER_BYTES_MAX. */
function drop(req: IncomingMessage): void {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES_MAX) req.socket.destroy();
  });
}

/** Replaces `emit`, because an EventEmitter cannot delay an event until the body has arrived. */
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
 * Waits after the reply until the client closes the connection. Then destroys the socket, but at most LINGER_MS after
 * the refusal.
 */
function linger(socket: Socket): void {
  destroyAfter(socket, LINGER_MS);
  socket.once('finish', () => {
    if (socket.readableEnded) socket.destroy();
    else socket.once('end', () => socket.destroy());
  });
  socket.destroySoon = () => {
    socket.end();
  };
}

/** Destroys the socket after a time. The returned function cancels this. */
function destroyAfter(socket: Socket, ms: number): () => void {
  const timer = setTimeout(() => socket.destroy(), ms).unref();
  const cancel = (): void => clearTimeout(timer);
  socket.once('close', cancel);
  return cancel;
}
