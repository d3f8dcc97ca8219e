import type { Readable } from 'node:stream';
import { AppError } from '@mainstay/errors';
import { Pool, type Dispatcher } from 'undici';
import type { Method, UpstreamName } from '../routes.js';
import type { Headers } from './request-headers.js';

export interface UpstreamRequest {
  method: Method | 'HEAD';
  /** Path and query, as the service shall see them. */
  path: string;
  headers: Headers;
  body: Buffer | Readable | null;
  signal: AbortSignal;
  /** Its reply has no end: it takes a connection of its own for as long as it lasts. */
  feed: boolean;
}

export type UpstreamReply = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

/** No reply came: the connection could not be made or broke. Whether the service did the work is not known. */
export class ConnectionFailed extends AppError {
  constructor(cause: unknown) {
    super('unavailable', 'The service behind this path does not answer.', { retryAfterS: 1, cause });
  }
}

/** The one way to a service: what must hold for every request to it, however it came about, holds here. */
export interface Upstream {
  readonly name: UpstreamName;
  /**
   * One attempt; the reply's body is still to be read.
   * @throws ConnectionFailed, or the reason of `signal` once that is aborted
   */
  send(request: UpstreamRequest): Promise<UpstreamReply>;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  name: UpstreamName;
  url: string;
  connectionsMax: number;
}

const connectTimeoutMs = 2_000;
/** Longest silence within a reply's body. A feed has a heartbeat each 15 s. */
const bodyIdleMs = 30_000;
/** A connection is replaced after this time, so that replicas which DNS names since then get their share. */
const connectionLifeMs = 60_000;

/** Kept-alive connections to one service. Feeds have a pool of their own: they stay, and must not use up what requests need. */
export function openUpstream({ name, url, connectionsMax }: UpstreamOptions): Upstream {
  const open = (connections: number | null): Pool =>
    new Pool(url, {
      connections,
      pipelining: 1,
      connect: { timeout: connectTimeoutMs },
      clientTtl: connectionLifeMs,
      keepAliveTimeout: 4_000,
      // The request's own deadline ends the wait for the head.
      headersTimeout: 0,
      bodyTimeout: bodyIdleMs,
    });
  const requests = open(connectionsMax);
  // How many feeds there may be is LiveFeeds' to say.
  const feeds = open(null);

  return {
    name,
    async send({ method, path, headers, body, signal, feed }) {
      try {
        return await (feed ? feeds : requests).request({ method, path, headers, body, signal });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof AppError) throw error;
        throw isRefusedHere(error)
          ? new AppError('invalid_request', undefined, { cause: error })
          : new ConnectionFailed(error);
      }
    },
    async close() {
      await Promise.all([requests.destroy(), feeds.destroy()]);
    },
  };
}

/** undici does not send what it holds for malformed: the client's mistake, and no failure of the service. */
function isRefusedHere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
  );
}
