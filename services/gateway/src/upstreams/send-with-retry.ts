import { ConnectionFailed } from './connection-failed.js';
import type { Upstream, UpstreamReply, UpstreamRequest } from './upstream.js';

/** What tells that another replica, or the same one a moment later, may answer. */
const worthRepeating = new Set([502, 503]);

/**
 * Sends a request once, or a second time where it is `repeatable` and the connection failed or the reply was 502 or 503.
 * `prepare` is asked for each attempt, because the time that is left differs.
 */
export async function sendWithRetry(
  upstream: Upstream,
  prepare: () => Promise<UpstreamRequest>,
): Promise<UpstreamReply> {
  const request = await prepare();
  try {
    const reply = await upstream.send(request);
    if (!request.repeatable || !worthRepeating.has(reply.statusCode)) return reply;
    void discard(reply);
  } catch (error) {
    if (!request.repeatable || !(error instanceof ConnectionFailed)) throw error;
  }
  return upstream.send(await prepare());
}

/** Reads what nobody wants, so that the connection can be used again. */
export async function discard({ body }: UpstreamReply): Promise<void> {
  await body.dump({ limit: 16_384 }).catch(() => undefined);
}
