import { ConnectionFailed } from './connection-failed.js';
import { discard, type UpstreamReply } from './upstream-reply.js';
import type { Upstream } from './upstream.js';
import type { UpstreamRequest } from './upstream-request.js';

/** After these statuses, a second attempt may succeed: at another replica, or a moment later. */
const worthRepeating = new Set([502, 503]);
/**
 * If a 502 or 503 takes longer than this time, the service has probably waited for a store. A retry would wait for the
 * store again.
 */
const PROMPT_MS = 1_000;

/**
 * Sends a request, and sends a `repeatable` request a second time if the connection fails, or if a 502 or 503 arrives
 * within `PROMPT_MS`. `prepare` runs before each attempt, because the remaining time differs. The deadline of the
 * request limits both attempts together.
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

/** True if the first response is a reason for a second attempt. */
export function isRepeatedAfter({ repeatable, rationed }: Repeatable, statusCode: number, tookMs: number): boolean {
  // Rationed requests are slow, and the service limits their number. A service that refuses such a request is busy for
  // a while. An immediate second attempt would only double the load.
  return repeatable && !rationed && worthRepeating.has(statusCode) && tookMs <= PROMPT_MS;
}

/** True if the failure of the first attempt is a reason for a second attempt. */
export function isRepeatedAfterFailure({ repeatable }: Repeatable, error: unknown): boolean {
  return repeatable && error instanceof ConnectionFailed;
}
