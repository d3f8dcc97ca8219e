import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  /** The client waits for `100 Continue` before it sends its body. */
  expectsContinue: boolean;
}

/** The requests of one connection, which are served one at a time and in order. */
export interface Pipeline {
  /** If false, no further request of this connection is served. */
  isOpen: boolean;
  add(exchange: Exchange): void;
  /** The request that is being served. */
  readonly current: Exchange | undefined;
  /**
   * Calls `then` once, when every complete request so far has its reply. Passes the incomplete request, if there is
   * one.
   */
  whenServed(then: (incomplete: Exchange | undefined) => void): void;
}

/** Beyond this many requests in the queue the connection is not read. One read of 64 KiB may hold more. */
export const QUEUED_MAX = 16;

/**
 * Serves a connection's requests one after the other. In parallel they could overtake each other, and one packet can
 * hold thousands. The work per request does not depend on the queue's length, and other connections are served between
 * any two requests.
 */
export function createPipeline(socket: Socket, serve: (exchange: Exchange) => void): Pipeline {
  const queue: Exchange[] = [];
  let current: Exchange | undefined;
  let onServed: ((incomplete: Exchange | undefined) => void) | undefined;

  const isFull = (): boolean => queue.length >= QUEUED_MAX;
  // Node resumes the socket whenever it drops the rest of a request, so a pause must be repeated.
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
    // In a separate turn of the event loop: replies that are sent at once would otherwise block it until the queue is
    // empty.
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
