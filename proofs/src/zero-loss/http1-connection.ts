import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectionLost, Hung } from './failures.ts';
import { createReplyReader } from './reply-reader.ts';
import type { Reply } from './reply-reader.ts';

/** What a slow reader waits after each piece of a reply. */
const SLOW_READER_MS = 60;

export interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
  /** the reply is read piece by piece, as over a slow line */
  slowly?: boolean;
}

/** One client's way to a door: a connection that is kept as long as the other side keeps it. */
export interface Transport {
  /** one at a time; a new connection where the last one is known to be closed. Never sends twice; rejects with ConnectionLost or Hung */
  send: (asked: Asked) => Promise<Reply>;
  close: () => void;
}
export interface Door {
  url: string;
  ca?: string;
}

/**
 * HTTP/1.1 on a bare socket. Agents of libraries close a connection before the server would, or send again what met a closed one; here a request that is written
 * on a connection which the server closes in that moment is lost, and seen.
 */
export function openHttp1({ url, ca }: Door): Transport {
  const { protocol, hostname, port, host } = new URL(url);
  let connection: ReturnType<typeof open> | undefined;

  function open() {
    const place = { host: hostname, port: Number(port) };
    const socket =
      protocol === 'https:'
        ? connectTls({ ...place, ca, servername: hostname, ALPNProtocols: ['http/1.1'] })
        : connectTcp(place);
    socket.setNoDelay(true);
    let isOpen = true;
    let served = 0;
    let lastReplyMs = 0;
    let waiting:
      | { reader: ReturnType<typeof createReplyReader>; settle: (result: Reply | Error) => void; slowly: boolean }
      | undefined;

    function lose(how: string) {
      isOpen = false;
      const bytes = waiting?.reader.bytes() ?? 0;
      const idle = served === 0 ? 'new' : `unused for ${Math.round(performance.now() - lastReplyMs)} ms`;
      waiting?.settle(new ConnectionLost(bytes > 0 ? `${how} after ${bytes} bytes of a reply` : how, { idle }));
    }
    socket.on('data', (chunk) => {
      if (!waiting) return void socket.destroy();
      const reply = waiting.reader.take(chunk);
      if (waiting.slowly && !reply) {
        socket.pause();
        setTimeout(() => socket.resume(), SLOW_READER_MS);
      }
      if (!reply) return;
      if (/close/i.test(reply.headers.connection ?? '')) {
        isOpen = false;
        socket.end();
      }
      waiting.settle(reply);
    });
    socket.once('end', () => {
      const reply = waiting?.reader.end();
      if (reply) waiting?.settle(reply);
      lose('closed');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => lose(error.code ?? error.message));
    socket.once('close', () => lose('closed'));

    const send = ({ method, path, headers, body, timeoutMs, slowly = false }: Asked): Promise<Reply> =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          settle(new Hung(timeoutMs));
          socket.destroy();
        }, timeoutMs);
        const settle = (result: Reply | Error) => {
          clearTimeout(late);
          waiting = undefined;
          served += 1;
          lastReplyMs = performance.now();
          if (result instanceof Error) reject(result);
          else resolve(result);
        };
        waiting = { reader: createReplyReader(), settle, slowly };
        socket.write(messageOf({ method, path, body, headers: { host, ...headers } }));
      });
    return { send, isOpen: () => isOpen, destroy: () => socket.destroy() };
  }

  return {
    send(asked) {
      if (!connection?.isOpen()) connection = open();
      return connection.send(asked);
    },
    close: () => connection?.destroy(),
  };
}

function messageOf({ method, path, headers, body = '' }: Pick<Asked, 'method' | 'path' | 'headers' | 'body'>) {
  const all = { ...headers, ...(method === 'POST' && { 'content-length': String(Buffer.byteLength(body)) }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, '', body].join('\r\n');
}
