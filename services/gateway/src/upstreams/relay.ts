import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { AppError, between, PROBLEM_MEDIA_TYPE } from '@mainstay/errors';
import { countAsStream } from '@mainstay/metrics';
import { discard, isStreamed, type StreamedReply, type UpstreamReply } from './upstream-reply.js';
import { publicHeaders } from './reply-headers.js';

/**
 * Longest time of a reply from its head to its end: a client that reads byte by byte must not hold a place at the
 * service for ever.
 */
const REPLY_MS_MAX = 120_000;
/** After this time a feed whose client does not read is cut. */
const FEED_FAREWELL_MS = 500;
/** Clients reconnect spread over this time, so that the end of many feeds does not overload other instances. */
const feedRetryMs = { min: 500, max: 2_500 };

/**
 * Passes a reply on, head and body. If the body breaks off, so does the client's connection: it sees a failure, never
 * a short success.
 * @throws AppError as `assertPassable`
 */
export async function relayReply(
  reply: UpstreamReply,
  res: Response,
  { withinMs = REPLY_MS_MAX }: { withinMs?: number } = {},
): Promise<void> {
  assertPassable(reply);
  writeHead(reply, res);
  if (isStreamed(reply)) await streamReply(reply, res, withinMs);
  else res.end(reply.body);
}

/**
 * @throws AppError if the service refused without problem+json: its HTTP server does so when it refuses a request
 * before the code of the service runs
 */
export function assertPassable(reply: UpstreamReply): void {
  if (reply.statusCode < 400 || isProblem(reply)) return;
  discard(reply);
  throw reply.statusCode >= 500
    ? new AppError('unavailable', 'The service behind this path failed.', { retryAfterS: 1 })
    : new AppError('invalid_request', 'The service behind this path could not read the request.');
}

/** Passes the body of a reply on, whose head has been written. If it breaks off, so does the client's connection. */
export async function streamReply(reply: StreamedReply, res: Response, withinMs = REPLY_MS_MAX): Promise<void> {
  // Log, metrics, limits, deadline and the pipeline itself each listen to the reply's end; this is not a leak.
  res.setMaxListeners(20);
  const timer = setTimeout(() => reply.body.destroy(new Error('the reply took too long')), withinMs);
  await pipeline(reply.body, res).catch(() => res.destroy());
  clearTimeout(timer);
}

/** Passes a feed on until it, its client, or `ending` ends it; then resolves. */
export function relayFeed(reply: StreamedReply, res: Response, ending: AbortSignal): Promise<void> {
  writeHead(reply, res);
  const { body } = reply;
  res.flushHeaders();
  countAsStream(res);
  let tail = '';
  body.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.subarray(-2).toString('latin1')).slice(-2);
    if (!res.write(chunk)) body.pause();
  });
  res.on('drain', () => body.resume());
  body.on('end', () => res.end());
  body.on('error', () => {
    if (!ending.aborted) res.destroy();
  });
  ending.addEventListener('abort', () => {
    body.destroy();
    // A client drops an incomplete event; text before its end would be read as a part of it.
    if (tail === '\n\n') res.write(comeBack());
    res.end();
    setTimeout(() => res.destroy(), FEED_FAREWELL_MS).unref();
  });
  return new Promise((resolve) => {
    res.on('close', () => {
      body.destroy();
      resolve();
    });
  });
}

/**
 * An empty feed. The browser then reconnects with its last id; after a 503 it would not (HTML standard, section 9.2).
 */
export function turnAway(res: Response): void {
  res
    .status(200)
    .set({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
    .end(comeBack());
}

function comeBack(): string {
  return `retry: ${Math.round(between(feedRetryMs.min, feedRetryMs.max))}\n\n`;
}

function writeHead({ statusCode, headers }: UpstreamReply, res: Response): void {
  res.status(statusCode);
  for (const [name, value] of Object.entries(publicHeaders(headers))) res.setHeader(name, value);
}

function isProblem({ headers }: UpstreamReply): boolean {
  return String(headers['content-type'] ?? '').startsWith(PROBLEM_MEDIA_TYPE);
}
