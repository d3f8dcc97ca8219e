import { ApiError, isOtherSession, isPassing } from '../api/api-error.js';
import { isRepeatable, type Intent } from './intent.js';
import type { IntentStore } from './intent-store.js';
import type { ReplyOf, WriteKind } from './keyed-writes.js';

export interface SendIntentPorts<Kind extends WriteKind> {
  /** Sends one attempt. Rejects with ApiError. */
  post: (intent: Intent<Kind>) => Promise<ReplyOf<Kind>>;
  store: Pick<IntentStore, 'list' | 'add' | 'remove'>;
  /** Resolves at `time`, or earlier when the browser goes online. Rejects when the signal aborts. */
  waitUntil: (time: number, signal: AbortSignal) => Promise<void>;
  now: () => number;
  /** The time on the platform's clock, because the platform deletes old idempotency keys by its clock. */
  platformNow: () => number;
  /** Called when an attempt fails temporarily. `until` is the planned time of the next attempt. */
  onWait: (reason: ApiError, until: number) => void;
  onAttempt: () => void;
}

const WAIT_FIRST_MS = 1_000;
const WAIT_MAX_MS = 15_000;

/**
 * Sends an intent repeatedly until the platform gives a final reply. Every attempt has the same idempotency key. An old
 * key is not sent again, because the platform may have deleted the key and would then pay twice.
 * @throws ApiError if the platform rejects the intent. The intent is then removed from the store.
 * @throws ApiError for a session change, the error code `internal`, an old key or a final error of a proxy. The intent
 * then stays in the store.
 */
export async function sendIntent<Kind extends WriteKind>(
  intent: Intent<Kind>,
  ports: SendIntentPorts<Kind>,
  signal: AbortSignal,
): Promise<ReplyOf<Kind>> {
  const { post, store, waitUntil, now, platformNow, onWait, onAttempt } = ports;
  const wasSent = store.list().some(({ key }) => key === intent.key);
  const kept = wasSent ? intent : { ...intent, createdAt: platformNow() };
  if (!wasSent) store.add(kept);
  let last = new ApiError({ code: 'unreachable' });
  for (let attempt = 0; ; attempt += 1) {
    if (!isRepeatable(kept, platformNow())) throw last;
    onAttempt();
    const result: unknown = await post(kept).catch((error: unknown) => error);
    if (!(result instanceof Error)) {
      store.remove(intent.key);
      return result as ReplyOf<Kind>;
    }
    if (!(result instanceof ApiError)) throw result;
    if (isRefusal(result)) store.remove(intent.key);
    if (!isPassing(result) || !isRepeatable(kept, platformNow())) throw result;
    last = result;
    const until = Math.max(result.retryAt ?? 0, now() + Math.min(WAIT_FIRST_MS * 2 ** attempt, WAIT_MAX_MS));
    onWait(result, until);
    await waitUntil(until, signal);
  }
}

/**
 * Whether the platform itself has rejected the intent. A temporary error or a session change is not a rejection. A
 * reply without a request id comes from a proxy, so that reply is not a rejection either.
 */
export function isRefusal(error: ApiError): boolean {
  const isAnswered = error.status >= 400 && error.status < 500 && error.requestId !== undefined;
  return isAnswered && !isOtherSession(error) && !isPassing(error);
}
