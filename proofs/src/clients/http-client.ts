/** The HTTP client of the proofs. It never retries, so a proof sees every broken connection. */
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

/** Default time limit of a request, longer than every deadline of the gateway. */
export const TIMEOUT_MS = 25_000;
/** A live feed sends a heartbeat every 15 s, so a feed with 20 s of silence is broken. */
const SILENCE_MS = 20_000;
export const SLOW_READER_MS = 60;
/** The client keeps idle connections for ten minutes, so that the server closes them first. */
const KEEP_MS = 600_000;

export interface Asked {
  /** Default: POST with a body, GET without. */
  method?: string;
  path: string;
  body?: object;
  cookie?: string | undefined;
  /** Value of the header Idempotency-Key. */
  key?: string;
  headers?: Record<string, string>;
  timeoutMs?: number;
  /** Pauses after each chunk of the reply's body. */
  slowly?: boolean;
}
export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Undefined if the body is not JSON. */
  json: any;
  /** The session cookie that the reply sets, as `name=value`, or an empty text. */
  cookie: string;
}
export interface Target {
  url: string;
  /** PEM of the certificate to trust. */
  ca?: string | undefined;
  isInsecure?: boolean;
  connections?: number;
}
/** Sends a request once. Rejects with Unanswered if the reply is missing or incomplete. */
export type Send = (asked: Asked) => Promise<Reply>;
export type HttpClient = ReturnType<typeof openHttpClient>;

/** How far a request got. `untouched`: an HTTP/2 server reports that it did not process the request (RFC 9113, 8.7). */
type Stage = 'not sent' | 'untouched' | 'no reply' | 'partial reply' | 'too late';

export class Unanswered extends Error {
  override name = 'Unanswered';
  stage: Stage;

  constructor(stage: Stage, how: string, cause?: unknown) {
    super(`${stage}: ${how}`, { cause });
    this.stage = stage;
  }
}

export function openHttpClient({ url, ca, isInsecure = false, connections = 64 }: Target) {
  const trust = { ...(ca && { ca }), rejectUnauthorized: !isInsecure };
  const pool = new Pool(url, {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_MS,
    keepAliveMaxTimeout: KEEP_MS,
    keepAliveTimeoutThreshold: -KEEP_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: trust,
  });
  const connectErrors = new WeakSet();
  let lastReplyMs: number | undefined;
  pool.on('connectionError', (_origin, _targets, error) => void connectErrors.add(error));
  pool.on('connect', () => (lastReplyMs = undefined));

  const failureOf = (error: NodeJS.ErrnoException, bytes: number | undefined, timeoutMs: number) => {
    if (error.name === 'TimeoutError') return new Unanswered('too late', `no end within ${timeoutMs} ms`, error);
    const how = error.code?.startsWith('UND_ERR') ? error.message : (error.code ?? error.message);
    if (connectErrors.has(error)) return new Unanswered('not sent', how, error);
    if (bytes !== undefined)
      return new Unanswered('partial reply', `${how} after ${bytes} bytes of a reply's body`, error);
    const idleMs = lastReplyMs === undefined ? undefined : Math.round(performance.now() - lastReplyMs);
    const idle = idleMs === undefined ? 'a new connection' : `a connection unused for ${idleMs} ms`;
    return new Unanswered('no reply', connections === 1 ? `${how} on ${idle}` : how, error);
  };

  const send: Send = async (asked) => {
    const { timeoutMs = TIMEOUT_MS, slowly = false } = asked;
    /** Received bytes of the body. Undefined until the reply's head has arrived. */
    let bytes: number | undefined;
    try {
      const reply = await pool.request({ ...requestOf(asked), signal: AbortSignal.timeout(timeoutMs) });
      bytes = 0;
      const chunks: Buffer[] = [];
      for await (const chunk of reply.body as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (slowly) await delay(SLOW_READER_MS);
      }
      lastReplyMs = performance.now();
      return replyOf(reply.statusCode, reply.headers, Buffer.concat(chunks));
    } catch (error) {
      throw failureOf(error as NodeJS.ErrnoException, bytes, timeoutMs);
    }
  };

  /** Opens a separate connection, and reads a stream until it ends. The returned status is 0 without a reply. */
  async function follow(asked: Asked, signal: AbortSignal, onText: (text: string) => void, onOpen = () => {}) {
    const own = new Pool(url, { connections: 1, allowH2: false, bodyTimeout: SILENCE_MS, connect: trust });
    let status = 0;
    try {
      const reply = await own.request({ ...requestOf(asked), signal });
      status = reply.statusCode;
      if (status === 200) onOpen();
      reply.body.setEncoding('utf8');
      for await (const text of reply.body as AsyncIterable<string>) onText(text);
      return { status, isClean: status === 200 };
    } catch {
      return { status, isClean: false };
    } finally {
      await own.destroy();
    }
  }

  return { url, send, follow, close: () => void pool.destroy() };
}

export function requestOf({ path, body, method = body ? 'POST' : 'GET', cookie, key, headers }: Asked) {
  return {
    method,
    path,
    ...(body && { body: JSON.stringify(body) }),
    headers: {
      ...headers,
      ...(body && { 'content-type': 'application/json' }),
      ...(cookie && { cookie }),
      ...(key && { 'idempotency-key': key }),
    },
  };
}

export function replyOf(status: number, headers: Reply['headers'], body: Buffer): Reply {
  const isJson = String(headers['content-type']).includes('json') && body.length > 0;
  const session = [headers['set-cookie'] ?? []].flat().find((line) => /^(__Host-)?mainstay\.sid=/.test(line));
  return {
    status,
    headers,
    body,
    json: isJson ? JSON.parse(body.toString()) : undefined,
    cookie: session?.split(';', 1)[0] ?? '',
  };
}
