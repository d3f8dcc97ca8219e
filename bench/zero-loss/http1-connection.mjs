// @ts-check
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectionLost, Hung } from './failures.mjs';
import { createReplyReader } from './reply-reader.mjs';

/** What a slow reader waits after each piece of a reply. */
const SLOW_READER_MS = 60;

/**
 * @typedef {object} Asked
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} [body]
 * @property {number} timeoutMs
 * @property {boolean} [slowly] the reply is read piece by piece, as over a slow line
 */
/** @typedef {import('./reply-reader.mjs').Reply} Reply */
/**
 * One client's way to a door: a connection that is kept as long as the other side keeps it.
 * @typedef {object} Transport
 * @property {(asked: Asked) => Promise<Reply>} send one at a time; a new connection where the last one is known to be closed. Never sends twice; rejects with ConnectionLost or Hung
 * @property {() => void} close
 */
/** @typedef {{ url: string, ca?: string }} Door */

/**
 * HTTP/1.1 on a bare socket. Agents of libraries close a connection before the server would, or send again what met a closed one; here a request that is written
 * on a connection which the server closes in that moment is lost, and seen.
 * @param {Door} door
 * @returns {Transport}
 */
export function openHttp1({ url, ca }) {
  const { protocol, hostname, port, host } = new URL(url);
  /** @type {ReturnType<typeof open> | undefined} */
  let connection;

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
    /** @type {{ reader: ReturnType<typeof createReplyReader>, settle: (result: Reply | Error) => void, slowly: boolean } | undefined} */
    let waiting;

    /** @param {string} how */
    function lose(how) {
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
    socket.once('error', (/** @type {NodeJS.ErrnoException} */ error) => lose(error.code ?? error.message));
    socket.once('close', () => lose('closed'));

    /** @param {Asked} asked @returns {Promise<Reply>} */
    const send = ({ method, path, headers, body, timeoutMs, slowly = false }) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          settle(new Hung(timeoutMs));
          socket.destroy();
        }, timeoutMs);
        /** @param {Reply | Error} result */
        const settle = (result) => {
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

/** @param {Pick<Asked, 'method' | 'path' | 'headers' | 'body'>} asked */
function messageOf({ method, path, headers, body = '' }) {
  const all = { ...headers, ...(method === 'POST' && { 'content-length': String(Buffer.byteLength(body)) }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, '', body].join('\r\n');
}
