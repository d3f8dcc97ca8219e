import { ConnectionFailed } from './connection-failed.js';
import { discard, type UpstreamReply } from './exchange.js';
import type { Upstream, UpstreamRequest } from './upstream.js';

/** What tells that another replica, or the same one a moment later, may answer. */
const worthRepeating = new Set([502, 503]);
/** A refusal that took longer tells of a store that the service waited for in vain: it would do so again, and the caller with it. */
const promptMs = 1_000;

/**
 * Sends a request once, or a second time where it is `repeatable` and the connection failed or the reply was a prompt 502 or 503.
 * `prepare` is asked for each attempt, because the time that is left differs; the request's own `signal` bounds both.
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
    const isPrompt = nowMs() - sentAtMs <= promptMs;
    // What a service rations it refuses for a while: to ask again at once would only double the load.
    if (!request.repeatable || request.rationed || !worthRepeating.has(reply.statusCode) || !isPrompt) return reply;
    discard(reply);
  } catch (error) {
    if (!request.repeatable || !(error instanceof ConnectionFailed)) throw error;
  }
  return upstream.send({ ...(await prepare()), isRepeat: true });
}
