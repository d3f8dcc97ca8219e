import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { AppError, between, PROBLEM_MEDIA_TYPE } from '@mainstay/errors';
import { countAsStream } from '@mainstay/metrics';
import { discard, isStreamed, type StreamedReply, type UpstreamReply } from './upstream-reply.js';
import { publicHeaders } from './reply-headers.js';

/** Longest duration of a response, except a feed. Without a limit, a slow client could occupy a connection forever. */
const REPLY_MS_MAX = 120_000;
/** When the gateway ends a live feed, the client has this time to read the last bytes. */
const FEED_FAREWELL_MS = 500;
/**
 * Range of the random time in milliseconds that a client waits after the gateway has ended a feed. Because the time is
 * random, not all clients reconnect at once.
 */
const feedRetryMs = { min: 500, max: 2_500 };

/**
 * Forwards a response to the client.
 * @throws AppError for an error response that is not problem+json
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

/** @throws AppError for an error response that is not problem+json */
export function assertPassable(reply: UpstreamReply): void {
  if (reply.statusCode < 400 || isProblem(reply)) return;
  discard(reply);
  throw reply.statusCode >= 500
    ? new AppError('unavailable', 'The service behind this path failed.', { retryAfterS: 1 })
    : new AppError('invalid_request', 'The service behind this path could not read the request.');
}

/**
 * Forwards a response's body to the client. If the body ends too early, the function disconnects the client. Without
 * the disconnect, the incomplete body would seem complete to the client.
 */
export async function streamReply(reply: StreamedReply, res: Response, withinMs = REPLY_MS_MAX): Promise<void> {
  // Without this line, Node.js would report the many listeners of this response as a leak.
  res.setMaxListeners(20);
  const timer = setTimeout(() => reply.body.destroy(new Error('the response took too long')), withinMs);
  await pipeline(reply.body, res).catch(() => res.destroy());
  clearTimeout(timer);
}

/** Forwards a feed. The promise resolves when the service, the client or `ending` has ended the feed. */
export function relayFeed(reply: StreamedReply, res: Response, ending: AbortSignal): Promise<void> {
  writeHead(reply, res);
  const { body } = reply;
  res.flushHeaders();
  countAsStream(res);
  let lastTwoBytes = '';
  body.on('data', (chunk: Buffer) => {
    lastTwoBytes = (lastTwoBytes + chunk.subarray(-2).toString('latin1')).slice(-2);
    if (!res.write(chunk)) body.pause();
  });
  res.on('drain', () => body.resume());
  body.on('end', () => res.end());
  body.on('error', () => {
    if (!ending.aborted) res.destroy();
  });
  ending.addEventListener('abort', () => {
    body.destroy();
    // An empty line ends an event. In an incomplete event, the client would not recognise the retry time.
    if (lastTwoBytes === '\n\n') res.write(retryTime());
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

/** Responds with an empty feed, because a browser does not reconnect after a 503 (HTML standard, section 9.2). */
export function turnAway(res: Response): void {
  res
    .status(200)
    .set({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
    .end(retryTime());
}

function retryTime(): string {
  return `retry: ${Math.round(between(feedRetryMs.min, feedRetryMs.max))}\n\n`;
}

function writeHead({ statusCode, headers }: UpstreamReply, res: Response): void {
  res.status(statusCode);
  for (const [name, value] of Object.entries(publicHeaders(headers))) res.setHeader(name, value);
}

function isProblem({ headers }: UpstreamReply): boolean {
  return String(headers['content-type'] ?? '').startsWith(PROBLEM_MEDIA_TYPE);
}
