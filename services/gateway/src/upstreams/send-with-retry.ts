import { ConnectionFailed } from './connection-failed.js';
import { discard, type UpstreamReply } from './upstream-reply.js';
import type { Upstream } from './upstream.js';
import type { UpstreamRequest } from './upstream-request.js';

/** After these statuses, a second attempt can succeed. */
const worthRepeating = new Set([502, 503]);
/**
 * If a response with 502 or 503 took longer than this time, the gateway does not retry the request. The service was
 * then probably waiting for its database, and a retry would wait too.
 */
const PROMPT_MS = 1_000;

/**
 * Sends a request. Retries a `repeatable` request once if the connection fails, or, unless the request is `rationed`,
 * if the service responds with 502 or 503 within one second. `prepare` runs before each attempt, because the headers
 * contain the remaining time.
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

/** True if the gateway retries a request after this response to the first attempt. */
export function isRepeatedAfter({ repeatable, rationed }: Repeatable, statusCode: number, tookMs: number): boolean {
  // The route table marks slow requests as `rationed`. A service that responds with 502 or 503 to a slow request is
  // busy, and a retry would double the load. So never retry a slow request after a response.
  return repeatable && !rationed && worthRepeating.has(statusCode) && tookMs <= PROMPT_MS;
}

/** True if the gateway retries a request after this failure of the first attempt. */
export function isRepeatedAfterFailure({ repeatable }: Repeatable, error: unknown): boolean {
  return repeatable && error instanceof ConnectionFailed;
}
