// @ts-check
/** One customer: signs up, opens accounts, and never takes "perhaps" for an answer. */
import { setTimeout as delay } from 'node:timers/promises';
import { writeLine } from '../money/journal.mjs';
import { openSender } from './send.mjs';

/** A client that was told to wait longer looks again after this: an outage is to be measured, not slept through. */
const RETRY_AFTER_MAX_MS = 1_000;
const PASSWORD = 'correct horse battery';

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
/** @typedef {Awaited<ReturnType<typeof signUp>>} Client */

/**
 * Registers a new user, signed in.
 * @param {World} world
 * @param {string} name unique in this run
 * @param {Random} random
 */
export async function signUp({ url, journalFile, tally, signal }, name, random) {
  const { send, close } = openSender(url);
  const person = { email: `${name}@example.com`, password: PASSWORD, displayName: name };
  let cookie = '';
  let keys = 0;

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
    for (const set of reply.headers['set-cookie'] ?? []) cookie = set.split(';', 1)[0] ?? '';
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
      if (reason === 'unauthenticated' && path !== '/v1/session') await signIn();
      else await delay(pauseMs(reply), undefined, { signal });
    }
  }

  async function signIn() {
    cookie = '';
    const reply = await ask('POST', '/v1/session', { body: { email: person.email, password: PASSWORD } });
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
   * @param {string} request
   * @param {Reply} reply
   */
  function unexpected(request, reply) {
    const text = `${request} answers ${reply.status} ${JSON.stringify(reply.json)}`;
    tally.unexpected.push(text);
    return new Error(text);
  }

  /** Registration has no key: an answer that was lost shows as `email_taken`, and the user can sign in. */
  async function register() {
    const reply = await ask('POST', '/v1/users', { body: person });
    const isOurs = reply.status === 201 || (reply.json?.code === 'email_taken' && reply.attempts > 1);
    if (!isOurs) throw unexpected('POST /v1/users', reply);
    return (reply.status === 201 ? reply : await signIn()).json.user.id;
  }

  /** @type {string} */
  const userId = await register();
  acknowledge({ request: 'POST /v1/users', id: userId });

  /** @param {Omit<import('../money/journal.mjs').Line, 'time' | 'outcome' | 'user'>} line */
  function acknowledge(line) {
    tally.acknowledged += 1;
    writeLine(journalFile, { outcome: 'acknowledged', user: userId, ...line });
  }

  /**
   * Opening has no key either: before it is tried again, the list tells whether it was done.
   * @param {string} accountName
   * @returns {Promise<string>} its id
   */
  async function openAccount(accountName) {
    for (;;) {
      const listed = await ask('GET', '/v1/accounts?limit=100');
      const known = listed.json.items.find((/** @type {any} */ account) => account.name === accountName);
      const body = { name: accountName, currency: 'EUR' };
      const reply = known ?? (await attempt('POST', '/v1/accounts', { body }).catch(() => undefined))?.json;
      signal.throwIfAborted();
      if (reply?.id) {
        acknowledge({ request: 'POST /v1/accounts', id: reply.id });
        return reply.id;
      }
      tally.retry('account not opened');
      await delay(random.between(20, 150), undefined, { signal });
    }
  }

  /**
   * @param {'POST /v1/transfers' | 'POST /v1/accounts/:id/deposits'} request
   * @param {string} path
   * @param {object} body
   * @param {string} key
   * @param {{ from?: string, to: string, amount: number }} move
   */
  async function moveMoney(request, path, body, key, move) {
    const reply = await ask('POST', path, { body, key });
    if (reply.status === 201) return acknowledge({ request, key, id: reply.json.id, ...move });
    if (reply.json?.code !== 'insufficient_funds') throw unexpected(request, reply);
    tally.refuse(reply.json.code);
    writeLine(journalFile, { request, key, outcome: 'refused', user: userId, code: reply.json.code, ...move });
  }

  const newKey = () => `${name}-${(keys += 1)}`;
  return {
    userId,
    ask,
    signIn,
    openAccount,
    cookie: () => cookie,
    /** @param {string} to @param {number} amount */
    deposit: (to, amount) =>
      moveMoney('POST /v1/accounts/:id/deposits', `/v1/accounts/${to}/deposits`, { amount }, newKey(), { to, amount }),
    /** @param {string} from @param {string} to @param {number} amount */
    pay(from, to, amount) {
      const key = newKey();
      const body = { fromAccountId: from, toAccountId: to, amount, memo: key };
      return moveMoney('POST /v1/transfers', '/v1/transfers', body, key, { from, to, amount });
    },
    /** @param {string} path */
    async read(path) {
      const reply = await ask('GET', path);
      if (reply.status !== 200) throw unexpected(`GET ${path}`, reply);
      return reply.json;
    },
    close,
  };
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
