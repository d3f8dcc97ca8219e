import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

export interface DrainingServer {
  /** Stops accepting new connections. Clients can send one more request on an open connection. */
  stopAccepting(): void;
  /** Resolves with true when no connection is open, or with false after `withinMs`. */
  emptied(withinMs: number): Promise<boolean>;
  /** Sends FIN on every connection. Destroys connections that are still open after `graceMs`. */
  cut(graceMs: number): Promise<void>;
  /** `inFlight` is the number of open connections on which a client waits for a reply. */
  count(): { connections: number; inFlight: number };
}

/** Watches the connections of a server. Call `watchServer` before the server gets its first connection. */
export function watchServer(server: Server): DrainingServer {
  /** The reply to the newest request of each open connection. */
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
   * Returns whether the app gets the request. A request after a reply with `Connection: close` is dropped, because the
   * client would ignore a further reply (RFC 9112 § 9.6).
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
      // `server.close` would also close idle connections, but a client can still send a request on an idle connection.
      if (server.listening) NetServer.prototype.close.call(server);
      // After a reply with `Connection: close`, a client ignores all further replies. So only the newest reply of each
      // connection gets `Connection: close`.
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

/** Replaces `emit`, because a listener could not prevent that the app gets the request. */
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

/** Closes the connection when `reply` is sent, so that the client does not wait for a further reply. */
function closeAfter(reply: ServerResponse, socket: Socket): void {
  if (reply.writableFinished) socket.destroySoon();
  else reply.once('finish', () => socket.destroySoon());
}
