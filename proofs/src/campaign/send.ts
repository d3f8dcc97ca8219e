import { request, Agent } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

/** Above the gateway's own deadline: whoever is not answered by then has lost the connection. */
const TIMEOUT_MS = 15_000;

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  json: any;
}
type Send = (
  method: string,
  path: string,
  options?: { body?: object; headers?: Record<string, string> },
) => Promise<Reply>;

/** One client's way to the gateway: a kept-alive connection, and an error for whatever is no whole answer. */
export function openSender(url: string): { send: Send; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const send: Send = (method, path, { body, headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const sent = request(
        url + path,
        {
          method,
          agent,
          signal: AbortSignal.timeout(TIMEOUT_MS),
          headers: {
            ...headers,
            ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk) => chunks.push(chunk));
          res.once('error', reject);
          res.once('end', () => {
            const reply = Buffer.concat(chunks).toString();
            try {
              const json = reply === '' ? undefined : JSON.parse(reply);
              resolve({ status: res.statusCode ?? 0, headers: res.headers, json });
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          });
        },
      );
      sent.once('error', reject);
      sent.end(text);
    });
  return { send, close: () => agent.destroy() };
}
