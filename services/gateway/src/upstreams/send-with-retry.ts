import { ConnectionFailed } from './connection-failed.js';
import { discard, type UpstreamReply } from './exchange.js';
import type { Upstream, UpstreamRequest } from './upstream.js';

/** Statuses after which another replica, or the same one a moment later, may answer. */
const worthRepeating = new Set([502, 503]);
/** After this time a refusal shows that the service waited for a store in vain. A retry would wait as long again. */
const PROMPT_MS = 1_000;

/**
 * Sends a request once, or a second time if it is `repeatable` and the connection failed or the reply was a prompt
 * 502 or 503. `prepare` is called for each attempt, because the remaining time differs; the request's own `signal`
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
    const isPrompt = nowMs() - sentAtMs <= PROMPT_MS;
    // A service refuses rationed requests for a while: an immediate repeat would only double the load.
    if (!request.repeatable || request.rationed || !worthRepeating.has(reply.statusCode) || !isPrompt) return reply;
    discard(reply);
  } catch (error) {
    if (!request.repeatable || !(error instanceof ConnectionFailed)) throw error;
  }
  return upstream.send({ ...(await prepare()), isRepeat: true });
}
