// @ts-check
/** How a client asks: again and again with the same key, until it knows. */
import { setTimeout as delay } from 'node:timers/promises';
import { openSender } from './send.mjs';

/** A client that was told to wait longer looks again after this: an outage is to be measured, not slept through. */
const RETRY_AFTER_MAX_MS = 1_000;

/** @typedef {import('./random.mjs').Random} Random */
/** @typedef {import('./send.mjs').Reply} Reply */
/**
 * @typedef {object} World
 * @property {string} url
 * @property {string} journalFile
 * @property {import('./tally.mjs').Tally} tally
 * @property {AbortSignal} signal gives everything up
 */
/** @typedef {{ body?: object, key?: string }} Asking */

/**
 * @param {World} world
 * @param {{ email: string, password: string }} credentials with which it signs in again
 * @param {Random} random
 */
export function createAsker({ url, tally, signal }, credentials, random) {
  const { send, close } = openSender(url);
  let cookie = '';

  /**
   * One attempt. Remembers the session that it brings.
   * @param {string} method
   * @param {string} path
   * @param {Asking} asking
   */
  async function attempt(method, path, { body, key }) {
    tally.requests += 1;
    const headers = { ...(cookie && { cookie }), ...(key && { 'idempotency-key': key }) };
    const reply = await send(method, path, { ...(body && { body }), headers });
    const [set] = reply.headers['set-cookie'] ?? []; // the session's own is the first
    if (set !== undefined) cookie = set.split(';', 1)[0] ?? '';
    return reply;
  }

  /**
   * Asks until there is an answer that no retry would change. Signs in again where the session is gone.
   * @param {string} method
   * @param {string} path
   * @param {Asking} [asking]
   * @returns {Promise<Reply & { attempts: number }>}
   */
  async function ask(method, path, asking = {}) {
    const beganAt = performance.now();
    for (let attempts = 1; ; attempts += 1) {
      const reply = await attempt(method, path, asking).catch((/** @type {Error} */ error) => error);
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

  /** @type {Promise<Reply> | undefined} */
  let signingIn;
  /** Once for all that find the session gone at the same time: each sign-in would end the session of the one before. */
  const signIn = () => (signingIn ??= signInOnce().finally(() => (signingIn = undefined)));

  async function signInOnce() {
    cookie = '';
    const reply = await ask('POST', '/v1/session', { body: credentials });
    if (reply.status !== 201) throw unexpected('POST /v1/session', reply);
    tally.signedInAgain += 1;
    return reply;
  }

  /** @param {Reply | Error} reply */
  function pauseMs(reply) {
    const told = reply instanceof Error ? 0 : Number(reply.headers['retry-after'] ?? 0) * 1_000;
    return Math.min(told, RETRY_AFTER_MAX_MS) + random.between(20, 150);
  }

  /**
   * An answer that no client should ever see; it fails the campaign.
   * @param {string} request
   * @param {Reply} reply
   */
  function unexpected(request, reply) {
    const text = `${request} answers ${reply.status} ${JSON.stringify(reply.json)}`;
    tally.unexpected.push(text);
    return new Error(text);
  }

  return { attempt, ask, signIn, unexpected, cookie: () => cookie, close };
}

/**
 * Why this is no answer yet; undefined where it is one.
 * @param {Reply | Error} reply
 */
function retryReason(reply) {
  if (reply instanceof Error) {
    if (reply.name === 'TimeoutError' || reply.name === 'AbortError') return 'no answer';
    return `connection: ${/** @type {NodeJS.ErrnoException} */ (reply).code ?? reply.message}`;
  }
  const code = reply.json?.code;
  const isFinal = reply.status < 500 && !['unauthenticated', 'rate_limited', 'idempotency_in_progress'].includes(code);
  return isFinal ? undefined : (code ?? String(reply.status));
}
