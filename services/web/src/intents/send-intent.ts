import { ApiError, isOtherSession, isPassing } from '../api/api-error.js';
import { isRepeatable, type Intent } from './intent.js';
import type { IntentStore } from './intent-store.js';
import type { ReplyOf, WriteKind } from './keyed-writes.js';

export interface SendIntentPorts<Kind extends WriteKind> {
  /** One attempt. Rejects with ApiError. */
  post: (intent: Intent<Kind>) => Promise<ReplyOf<Kind>>;
  store: Pick<IntentStore, 'list' | 'add' | 'remove'>;
  /** Resolves at the time, or earlier when the connection comes back; rejects when the signal aborts. */
  waitUntil: (time: number, signal: AbortSignal) => Promise<void>;
  now: () => number;
  /** The platform's time, by which it forgets keys. */
  platformNow: () => number;
  /** Called when an attempt got no reply, with the time of the next one. */
  onWait: (reason: ApiError, until: number) => void;
  /** Called when an attempt is sent. */
  onAttempt: () => void;
}

const WAIT_FIRST_MS = 1_000;
const WAIT_MAX_MS = 15_000;

/**
 * Sends an intent until the platform has answered it, always with the same key, so that it happens once however many
 * attempts arrive. It is stored before the first attempt, and until a final reply: done, or refused with nothing
 * moved. No attempt uses a key that the platform may have forgotten: neither after a wait, in which the device may
 * have slept, nor on a page that was open for long.
 * @throws ApiError a refusal, after which the intent is gone; or an error that leaves it open (another session,
 * `internal`, a key that is too old), after which it is kept
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
 * A reply after which nothing has moved and nothing will. Only the platform sends one (its refusals have a request
 * id), and only to the session that asked. After a 401 or a change of session, the same intent may continue when its
 * user is signed in again.
 */
export function isRefusal(error: ApiError): boolean {
  const isAnswered = error.status >= 400 && error.status < 500 && error.requestId !== undefined;
  return isAnswered && !isOtherSession(error) && !isPassing(error);
}
