import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

export interface DrainingServer {
  /** Accepts no new connection. A kept-alive one may send one more request; its reply says `Connection: close`. */
  stopAccepting(): void;
  /** True as soon as no connection is left, false after `withinMs`. */
  emptied(withinMs: number): Promise<boolean>;
  /** Sends FIN on every connection, passes no further request to the app, and destroys what is left after `graceMs`. */
  cut(graceMs: number): Promise<void>;
  /** The number of open connections, and of those that wait for a reply. */
  count(): { connections: number; inFlight: number };
}

/**
 * Watches the connections of a server from now on. Its behaviour changes only with `stopAccepting`, except for one
 * rule of HTTP: see `admits`.
 */
export function watchServer(server: Server): DrainingServer {
  /** The last reply of each open connection. */
  const lastReplies = new Map<Socket, ServerResponse | undefined>();
  let phase: 'serving' | 'draining' | 'cut' = 'serving';
  let onEmpty: (() => void) | undefined;

  function track(socket: Socket): void {
    if (lastReplies.has(socket)) return;
    lastReplies.set(socket, undefined);
    socket.once('close', () => {
      lastReplies.delete(socket);
      if (lastReplies.size === 0) onEmpty?.();
    });
  }

  /**
   * Whether a request may reach the app. It may not after a reply that says `Connection: close`, or after FIN. Node
   * would pass on the requests that a client has pipelined, and the app would do work whose reply must not be sent (RFC
   * 9112 § 9.6).
   */
  function admits({ socket }: IncomingMessage, res: ServerResponse): boolean {
    track(socket);
    const previous = lastReplies.get(socket);
    if (phase === 'cut') return false;
    if (previous && saysClose(previous)) {
      closeAfter(previous, socket);
      return false;
    }
    if (phase === 'draining') res.shouldKeepAlive = false;
    lastReplies.set(socket, res);
    return true;
  }

  function emptied(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (lastReplies.size === 0) return resolve(true);
      const timer = setTimeout(resolve, withinMs, false);
      onEmpty = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  server.on('connection', track);
  interceptRequests(server, admits);

  return {
    stopAccepting() {
      phase = 'draining';
      // http's own close() also cuts idle connections, on which a request may be arriving; net's does not.
      if (server.listening) NetServer.prototype.close.call(server);
      // Only the last reply may announce the end: closing after an earlier reply would lose the later ones.
      for (const reply of lastReplies.values()) if (reply && !reply.headersSent) reply.shouldKeepAlive = false;
    },
    emptied,
    async cut(graceMs) {
      phase = 'cut';
      for (const socket of lastReplies.keys()) socket.end();
      if (await emptied(graceMs)) return;
      for (const socket of lastReplies.keys()) socket.destroy();
    },
    count: () => ({
      connections: lastReplies.size,
      inFlight: [...lastReplies.values()].filter((reply) => reply && !reply.writableFinished).length,
    }),
  };
}

/**
 * A listener cannot stop an event from reaching other listeners, such as the app's. So the event is caught at `emit`.
 */
function interceptRequests(server: Server, admits: (req: IncomingMessage, res: ServerResponse) => boolean): void {
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...args: unknown[]) => {
    const isRequest = event === 'request' || event === 'checkContinue' || event === 'checkExpectation';
    if (isRequest && !admits(args[0] as IncomingMessage, args[1] as ServerResponse)) return true;
    return emit(event, ...args);
  };
}

function saysClose(reply: ServerResponse): boolean {
  return !reply.shouldKeepAlive || /close/i.test(String(reply.getHeader('connection')));
}

/** Even if the reply has said keep-alive: a client whose next request was refused must not wait for a reply to it. */
function closeAfter(reply: ServerResponse, socket: Socket): void {
  if (reply.writableFinished) socket.destroySoon();
  else reply.once('finish', () => socket.destroySoon());
}
