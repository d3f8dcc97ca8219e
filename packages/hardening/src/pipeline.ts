import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  /** True if the client waits for `100 Continue` before the client sends the body. */
  expectsContinue: boolean;
}

/**
 * A queue of the requests of one connection. The pipeline serves one request at a time and begins with the oldest
 * request.
 */
export interface Pipeline {
  /** If false, the pipeline serves no further request of this connection. */
  isOpen: boolean;
  add(exchange: Exchange): void;
  /** The request that the pipeline serves now. */
  readonly current: Exchange | undefined;
  /**
   * Calls the callback `then` when every request that has arrived completely has its reply. The callback gets the
   * request that has not arrived completely, or undefined if every request has arrived completely.
   */
  whenServed(then: (incomplete: Exchange | undefined) => void): void;
}

/**
 * Number of waiting requests at which the server stops reading from the socket. More requests can wait, because one
 * read of 64 KiB can contain many requests.
 */
export const QUEUED_MAX = 16;

/** Creates the pipeline of a connection. Between two requests, the process serves other connections. */
export function createPipeline(socket: Socket, serve: (exchange: Exchange) => void): Pipeline {
  const queue: Exchange[] = [];
  let current: Exchange | undefined;
  let onServed: ((incomplete: Exchange | undefined) => void) | undefined;

  const isFull = (): boolean => queue.length >= QUEUED_MAX;
  // Node resumes the socket after Node has dropped the rest of a request. If the queue is full, the socket must pause
  // again.
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
