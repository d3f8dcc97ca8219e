/** The one HTTP client of the proofs: kept connections, JSON in and out, and an error for whatever is not a whole reply. */
import http from 'node:http';
import https from 'node:https';

/** Above the gateway's longest deadline. */
const TIMEOUT_MS = 25_000;
/** A feed that sends nothing for longer than its heartbeat is dead. */
const SILENCE_MS = 20_000;
const CONNECTIONS_MAX = 64;

export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** undefined where the body is not JSON */
  json: any;
  /** The session cookie that the reply sets, as a request sends it; '' if none. */
  cookie: string;
}
export interface Asking {
  body?: object;
  headers?: Record<string, string>;
}
export type Send = (method: string, path: string, asking?: Asking) => Promise<Reply>;
/** Resolves to the feed's status when it has ended, 0 without an answer. */
export type OpenFeed = (cookie: string, onText: (text: string) => void, signal: AbortSignal) => Promise<number>;
export interface HttpClient {
  send: Send;
  openFeed: OpenFeed;
  close: () => void;
}

/** Opens at most so many connections, and keeps them. `insecure`: accepts any certificate. */
export function openHttpClient(
  url: string,
  { insecure = false, connections = CONNECTIONS_MAX, timeoutMs = TIMEOUT_MS } = {},
): HttpClient {
  const { Agent, request } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const trust = insecure ? { rejectUnauthorized: false } : {};

  const send: Send = (method, path, { body, headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const entity = text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const signal = AbortSignal.timeout(timeoutMs);
      const options = { method, agent, signal, headers: { ...headers, ...entity }, ...trust };
      const sent = request(url + path, options, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.once('error', reject);
        res.once('end', () => {
          const isJson = res.headers['content-type']?.includes('json') ?? false;
          try {
            const json = isJson ? (JSON.parse(Buffer.concat(chunks).toString()) as unknown) : undefined;
            resolve({ status: res.statusCode ?? 0, headers: res.headers, json, cookie: cookieOf(res.headers) });
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
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

function cookieOf(headers: http.IncomingHttpHeaders): string {
  const set = headers['set-cookie']?.find((line) => /^(__Host-)?mainstay\.sid=/.test(line));
  return set?.split(';', 1)[0] ?? '';
}
