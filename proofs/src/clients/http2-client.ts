import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { replyOf, requestOf, SLOW_READER_MS, TIMEOUT_MS, Unanswered, type Send } from './http-client.ts';

/** After GOAWAY, current requests finish, and the next request opens a new session. undici would abort the requests. */
export function openHttp2Client({ url, ca }: { url: string; ca?: string | undefined }): {
  send: Send;
  close: () => void;
} {
  let session: ClientHttp2Session | undefined;

  function open(): ClientHttp2Session {
    const opened = connect(url, { ca });
    opened.on('error', () => undefined); // ignored here, because each stream reports the error too
    opened.once('goaway', () => {
      if (session === opened) session = undefined;
    });
    return opened;
  }

  const send: Send = async (asked) => {
    const { timeoutMs = TIMEOUT_MS, slowly } = asked;
    const { method, path, body, headers } = requestOf(asked);
    if (!session || session.closed || session.destroyed) session = open();
    const stream = session.request({ ':method': method, ':path': path, ...headers });
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      stream.close(constants.NGHTTP2_CANCEL);
    }, timeoutMs);
    const chunks: Buffer[] = [];
    let received: Record<string, string | string[] | undefined> = {};
    try {
      stream.once('response', (head) => (received = head));
      stream.end(body);
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        if (slowly) await delay(SLOW_READER_MS);
      }
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR || !(':status' in received)) throw new Error('no whole reply');
      return replyOf(Number(received[':status']), received, Buffer.concat(chunks));
    } catch (error) {
      const how = `stream ended with code ${stream.rstCode}`;
      if (isLate) throw new Unanswered('too late', `no end within ${timeoutMs} ms`, error);
      if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) throw new Unanswered('untouched', how, error);
      throw new Unanswered(':status' in received ? 'partial reply' : 'no reply', how, error);
    } finally {
      clearTimeout(late);
    }
  };
  return { send, close: () => session?.destroy() };
}
