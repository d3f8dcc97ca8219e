import { connect, constants } from 'node:http2';
import { ConnectionLost, Hung } from './failures.ts';
import type { Door, Transport } from './http1-connection.ts';
import type { Reply } from './reply-reader.ts';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';

const { NGHTTP2_REFUSED_STREAM, NGHTTP2_NO_ERROR } = constants;

/** HTTP/2 over TLS, one session at a time. A server that leaves says GOAWAY: what it has begun it ends, and the next request goes on a new session. */
export function openHttp2({ url, ca }: Door): Transport {
  let session: ClientHttp2Session | undefined;

  function open() {
    const opened = connect(url, { ca });
    opened.on('error', () => undefined); // each stream hears of it
    opened.on('goaway', () => {
      if (session === opened) session = undefined;
    });
    return opened;
  }

  return {
    send: ({ method, path, headers, body, timeoutMs, slowly }) =>
      new Promise((resolve, reject) => {
        if (!session || session.closed || session.destroyed) session = open();
        const stream = session.request(
          { ':method': method, ':path': path, ...headers },
          { endStream: body === undefined },
        );
        const parts: Buffer[] = [];
        let replyHeaders: Reply['headers'] = {};
        let isWhole = false;
        const late = setTimeout(() => {
          reject(new Hung(timeoutMs));
          stream.close(constants.NGHTTP2_CANCEL);
        }, timeoutMs);
        stream.once('response', (received) => (replyHeaders = headersOf(received)));
        stream.on('data', (chunk) => {
          parts.push(chunk);
          if (!slowly) return;
          stream.pause();
          setTimeout(() => stream.resume(), 60);
        });
        stream.once('end', () => (isWhole = ':status' in replyHeaders));
        stream.once('error', () => undefined); // `close` follows
        stream.once('close', () => {
          clearTimeout(late);
          const { rstCode } = stream;
          if (isWhole && rstCode === NGHTTP2_NO_ERROR) {
            resolve({ status: Number(replyHeaders[':status']), headers: replyHeaders, body: Buffer.concat(parts) });
          } else {
            reject(
              new ConnectionLost(`stream ended with code ${rstCode}`, {
                isUntouched: rstCode === NGHTTP2_REFUSED_STREAM,
              }),
            );
          }
        });
        if (body !== undefined) stream.end(body);
      }),
    close: () => session?.destroy(),
  };
}

function headersOf(received: IncomingHttpHeaders) {
  return Object.fromEntries(
    Object.entries(received).map(([name, value]) => [name, Array.isArray(value) ? value.join('\n') : String(value)]),
  );
}
