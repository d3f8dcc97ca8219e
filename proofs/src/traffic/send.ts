import http from 'node:http';
import https from 'node:https';

/** Above the gateway's longest deadline. */
const TIMEOUT_MS = 25_000;
/** A feed that says nothing for longer than its heartbeat is dead. */
const SILENCE_MS = 20_000;
const CONNECTIONS_MAX = 64;

/** json: undefined where the body is none */
export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  json: any;
}
export type Send = (
  method: string,
  path: string,
  options?: { body?: object; headers?: Record<string, string> },
) => Promise<Reply>;
/** resolves to its status when it has ended, 0 without an answer */
export type OpenFeed = (cookie: string, onText: (text: string) => void, signal: AbortSignal) => Promise<number>;

/**
 * Kept-alive connections to the platform's door.
 * @param options insecure: any certificate will do
 */
export function openSender(
  url: string,
  { insecure }: { insecure: boolean },
): { send: Send; openFeed: OpenFeed; close: () => void } {
  const { Agent, request } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const trust = insecure ? { rejectUnauthorized: false } : {};

  const send: Send = (method, path, { body, headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const entity = text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const sent = request(
        url + path,
        { method, agent, signal, headers: { ...headers, ...entity }, ...trust },
        (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk) => chunks.push(chunk));
          res.once('error', reject);
          res.once('end', () => {
            const isJson = (res.headers['content-type'] ?? '').includes('json');
            const reply = Buffer.concat(chunks).toString();
            resolve({
              status: res.statusCode ?? 0,
              headers: res.headers,
              json: isJson ? JSON.parse(reply) : undefined,
            });
          });
        },
      );
      sent.once('error', reject);
      sent.end(text);
    });

  const openFeed: OpenFeed = (cookie, onText, signal) =>
    new Promise((resolve) => {
      const options = { headers: { cookie }, signal, agent: false as const, ...trust };
      const sent = request(`${url}/v1/activity/live`, options, (res) => {
        res.setEncoding('utf8').on('data', onText);
        res.once('error', () => undefined); // `close` follows
        res.once('close', () => resolve(res.statusCode ?? 0));
      });
      sent.setTimeout(SILENCE_MS, () => sent.destroy());
      sent.once('error', () => resolve(0));
      sent.end();
    });

  return { send, openFeed, close: () => agent.destroy() };
}
