import { ConnectionFailed } from './connection-failed.js';
import { discard, type UpstreamReply } from './upstream-reply.js';
import type { Upstream } from './upstream.js';
import type { UpstreamRequest } from './upstream-request.js';

/** After these statuses, a second attempt can succeed. */
const worthRepeating = new Set([502, 503]);
/** A slower 502 or 503 is not retried, because the service probably waits for a store. */
const PROMPT_MS = 1_000;

/**
 * Retries a `repeatable` request once, after a failed connection or a prompt 502 or 503. `prepare` runs before each
 * attempt, because the remaining time differs.
 */
export async function sendWithRetry(
  upstream: Pick<Upstream, 'send'>,
  prepare: () => Promise<UpstreamRequest>,
  nowMs = () => performance.now(),
): Promise<UpstreamReply> {
  const request = await prepare();
  const sentAtMs = nowMs();
  try {
    const reply = await upstream.send(request);
    if (!isRepeatedAfter(request, reply.statusCode, nowMs() - sentAtMs)) return reply;
    discard(reply);
  } catch (error) {
    if (!isRepeatedAfterFailure(request, error)) throw error;
  }
  return upstream.send({ ...(await prepare()), isRepeat: true });
}

type Repeatable = Pick<UpstreamRequest, 'repeatable' | 'rationed'>;

/** True if the gateway retries a request after this response. */
export function isRepeatedAfter({ repeatable, rationed }: Repeatable, statusCode: number, tookMs: number): boolean {
  // A service that refuses a rationed request is busy, and a retry would double its load.
  return repeatable && !rationed && worthRepeating.has(statusCode) && tookMs <= PROMPT_MS;
}

/** True if the gateway retries a request after this failure. */
export function isRepeatedAfterFailure({ repeatable }: Repeatable, error: unknown): boolean {
  return repeatable && error instanceof ConnectionFailed;
}
