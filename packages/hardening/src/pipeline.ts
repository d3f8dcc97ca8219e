import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  /** The client waits for `100 Continue` before it sends its body. */
  expectsContinue: boolean;
}

/** The requests of one connection, which are served one after the other. */
export interface Pipeline {
  /** If false, the pipeline serves no further request of this connection. */
  isOpen: boolean;
  add(exchange: Exchange): void;
  /** The request that the app is serving. */
  readonly current: Exchange | undefined;
  /** Calls `then` when all complete requests have replies. If an incomplete request is left, `then` gets it. */
  whenServed(then: (incomplete: Exchange | undefined) => void): void;
}

/** The socket pauses when this many requests wait. A read of 64 KiB can add more requests than that. */
export const QUEUED_MAX = 16;

/** Serves one request of the connection after the other. Between two requests, the process serves other connections. */
export function createPipeline(socket: Socket, serve: (exchange: Exchange) => void): Pipeline {
  const queue: Exchange[] = [];
  let current: Exchange | undefined;
  let onServed: ((incomplete: Exchange | undefined) => void) | undefined;

  const isFull = (): boolean => queue.length >= QUEUED_MAX;
  // After Node has dropped the rest of a request, it resumes the socket. If the queue is full, pause the socket again.
  socket.on('resume', () => {
    if (isFull()) socket.pause();
  });

  function begin(exchange: Exchange): void {
    current = exchange;
    if (!socket.writable) return;
    exchange.res.once('close', next);
    serve(exchange);
  }

  function next(): void {
    const hasEnded = !pipeline.isOpen || !socket.writable;
    const following = hasEnded ? undefined : queue.shift();
    current = following;
    if (hasEnded) queue.length = 0;
    else if (!isFull() && socket.isPaused()) socket.resume();
    if (onServed && !following?.req.complete) return finish(following);
    // Without setImmediate, fast replies would block the event loop until the queue is empty.
    if (following) setImmediate(() => begin(following));
  }

  function finish(incomplete: Exchange | undefined): void {
    const then = onServed;
    onServed = undefined;
    then?.(incomplete);
  }

  const pipeline: Pipeline = {
    isOpen: true,
    get current() {
      return current;
    },
    add(exchange) {
      if (!current) return begin(exchange);
      queue.push(exchange);
      if (isFull()) socket.pause();
    },
    whenServed(then) {
      onServed = then;
      if (!current?.req.complete) finish(current);
    },
  };
  return pipeline;
}
