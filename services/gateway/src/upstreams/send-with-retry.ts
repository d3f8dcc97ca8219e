import { ConnectionFailed } from './connection-failed.js';
import { discard, type UpstreamReply } from './upstream-reply.js';
import type { Upstream } from './upstream.js';
import type { UpstreamRequest } from './upstream-request.js';

/** Statuses after which another replica, or the same one a moment later, may answer. */
const worthRepeating = new Set([502, 503]);
/** After this time a refusal shows that the service waited for a store in vain. A retry would wait as long again. */
const PROMPT_MS = 1_000;

/**
 * Sends a request once, or a second time if it is `repeatable` and the connection failed or the reply was a prompt
 * 502 or 503. `prepare` is called for each attempt, because the remaining time differs; the request's own deadline
 * bounds both.
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

/** Whether the first reply to a request is a reason to send it a second time. */
export function isRepeatedAfter({ repeatable, rationed }: Repeatable, statusCode: number, tookMs: number): boolean {
  // A service refuses rationed requests for a while: an immediate repeat would only double the load.
  return repeatable && !rationed && worthRepeating.has(statusCode) && tookMs <= PROMPT_MS;
}

/** Whether the failure of the first attempt is a reason for a second one. */
export function isRepeatedAfterFailure({ repeatable }: Repeatable, error: unknown): boolean {
  return repeatable && error instanceof ConnectionFailed;
}
