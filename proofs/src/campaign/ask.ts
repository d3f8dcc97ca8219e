/** How a client asks: again and again with the same key, until it knows. */
import { setTimeout as delay } from 'node:timers/promises';
import { openHttpClient, type Reply } from '../http-client.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** Above the gateway's own deadline: a client without an answer by then has lost the connection. */
const TIMEOUT_MS = 15_000;
/** A client that was told to wait longer looks again after this: an outage is to be measured, not slept through. */
const RETRY_AFTER_MAX_MS = 1_000;

export interface World {
  url: string;
  journalFile: string;
  tally: Tally;
  /** gives everything up */
  signal: AbortSignal;
}
interface Asking {
  body?: object;
  key?: string;
}

/** @param credentials with which it signs in again */
export function createAsker(
  { url, tally, signal }: World,
  credentials: { email: string; password: string },
  random: Random,
) {
  const { send, close } = openHttpClient(url, { connections: 2, timeoutMs: TIMEOUT_MS });
  let cookie = '';

  /** One attempt. Remembers the session that it brings. */
  async function attempt(method: string, path: string, { body, key }: Asking) {
    tally.requests += 1;
    const headers = { ...(cookie && { cookie }), ...(key && { 'idempotency-key': key }) };
    const reply = await send(method, path, { ...(body && { body }), headers });
    if (reply.cookie !== '') cookie = reply.cookie;
    return reply;
  }

  /** Asks until there is an answer that no retry would change. Signs in again where the session is gone. */
  async function ask(method: string, path: string, asking: Asking = {}): Promise<Reply & { attempts: number }> {
    const beganAt = performance.now();
    for (let attempts = 1; ; attempts += 1) {
      const reply = await attempt(method, path, asking).catch((error: Error) => error);
      signal.throwIfAborted();
      const reason = retryReason(reply);
      if (reason === undefined && !(reply instanceof Error)) {
        if (attempts > 1) tally.waited(performance.now() - beganAt);
        return { ...reply, attempts };
      }
      tally.retry(reason ?? '');
      if (reason === 'unauthenticated') await signIn();
      else await delay(pauseMs(reply), undefined, { signal });
    }
  }

  let signingIn: Promise<Reply> | undefined;
  /** Once for all that find the session gone at the same time: each sign-in would end the session of the one before. */
  const signIn = () => (signingIn ??= signInOnce().finally(() => (signingIn = undefined)));

  async function signInOnce() {
    cookie = '';
    const reply = await ask('POST', '/v1/session', { body: credentials });
    if (reply.status !== 201) throw unexpected('POST /v1/session', reply);
    tally.signedInAgain += 1;
    return reply;
  }

  function pauseMs(reply: Reply | Error) {
    const told = reply instanceof Error ? 0 : Number(reply.headers['retry-after'] ?? 0) * 1_000;
    return Math.min(told, RETRY_AFTER_MAX_MS) + random.between(20, 150);
  }

  /** An answer that no client should ever see; it fails the campaign. */
  function unexpected(request: string, reply: Reply) {
    const text = `${request} answers ${reply.status} ${JSON.stringify(reply.json)}`;
    tally.unexpected.push(text);
    return new Error(text);
  }

  return { attempt, ask, signIn, unexpected, cookie: () => cookie, close };
}

/** Why this is no answer yet; undefined where it is one. */
function retryReason(reply: Reply | Error) {
  if (reply instanceof Error) {
    if (reply.name === 'TimeoutError' || reply.name === 'AbortError') return 'no answer';
    return `connection: ${(reply as NodeJS.ErrnoException).code ?? reply.message}`;
  }
  const code = reply.json?.code;
  const isFinal = reply.status < 500 && !['unauthenticated', 'rate_limited', 'idempotency_in_progress'].includes(code);
  return isFinal ? undefined : (code ?? String(reply.status));
}
