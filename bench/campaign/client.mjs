// @ts-check
/** One customer: signs up, opens accounts, moves money, and writes down what it was told. */
import { setTimeout as delay } from 'node:timers/promises';
import { writeLine } from '../money/journal.mjs';
import { createAsker } from './ask.mjs';

const PASSWORD = 'correct horse battery';

/** @typedef {import('./ask.mjs').World} World */
/** @typedef {import('./random.mjs').Random} Random */
/** @typedef {Awaited<ReturnType<typeof signUp>>} Client */

/**
 * Registers a new user, signed in.
 * @param {World} world
 * @param {string} name unique in this run
 * @param {Random} random
 */
export async function signUp(world, name, random) {
  const { journalFile, tally } = world;
  const credentials = { email: `${name}@example.com`, password: PASSWORD };
  const asker = createAsker(world, credentials, random);
  const { ask, unexpected } = asker;
  const userId = await register(asker, { ...credentials, displayName: name });
  let keys = 0;

  /** @param {Omit<import('../money/journal.mjs').Line, 'time' | 'outcome' | 'user'>} line */
  function acknowledge(line) {
    tally.acknowledged += 1;
    writeLine(journalFile, { outcome: 'acknowledged', user: userId, ...line });
  }

  /**
   * @param {'POST /v1/transfers' | 'POST /v1/accounts/:id/deposits'} request
   * @param {string} path
   * @param {object} body
   * @param {{ key: string, from?: string, to: string, amount: number }} move
   */
  async function moveMoney(request, path, body, move) {
    const reply = await ask('POST', path, { body, key: move.key });
    if (reply.status === 201) return acknowledge({ request, id: reply.json.id, ...move });
    if (reply.json?.code !== 'insufficient_funds') throw unexpected(request, reply);
    tally.refuse(reply.json.code);
    writeLine(journalFile, { request, outcome: 'refused', user: userId, code: reply.json.code, ...move });
  }

  acknowledge({ request: 'POST /v1/users', id: userId });
  const newKey = () => `${name}-${(keys += 1)}`;
  return {
    userId,
    ask,
    cookie: asker.cookie,
    close: asker.close,
    /** @param {string} accountName @returns {Promise<string>} its id */
    async openAccount(accountName) {
      const id = await openAccount(world, asker, accountName, random);
      acknowledge({ request: 'POST /v1/accounts', id });
      return id;
    },
    /** @param {string} to @param {number} amount */
    deposit: (to, amount) =>
      moveMoney(
        'POST /v1/accounts/:id/deposits',
        `/v1/accounts/${to}/deposits`,
        { amount },
        { key: newKey(), to, amount },
      ),
    /** @param {string} from @param {string} to @param {number} amount */
    pay(from, to, amount) {
      const key = newKey();
      const body = { fromAccountId: from, toAccountId: to, amount, memo: key };
      return moveMoney('POST /v1/transfers', '/v1/transfers', body, { key, from, to, amount });
    },
    /** @param {string} path */
    async read(path) {
      const reply = await ask('GET', path);
      if (reply.status !== 200) throw unexpected(`GET ${path}`, reply);
      return reply.json;
    },
  };
}

/**
 * Registration has no key: an answer that was lost shows as `email_taken`, and the user can sign in.
 * @param {ReturnType<typeof createAsker>} asker
 * @param {{ email: string, password: string, displayName: string }} person
 * @returns {Promise<string>} the user's id
 */
async function register({ ask, signIn, unexpected }, person) {
  const reply = await ask('POST', '/v1/users', { body: person });
  if (reply.status === 201) return reply.json.user.id;
  if (reply.json?.code !== 'email_taken' || reply.attempts === 1) throw unexpected('POST /v1/users', reply);
  return (await signIn()).json.user.id;
}

/**
 * Opening has no key either: before it is tried again, the list tells whether it was done.
 * @param {World} world
 * @param {ReturnType<typeof createAsker>} asker
 * @param {string} name
 * @param {Random} random
 * @returns {Promise<string>} its id
 */
async function openAccount({ tally, signal }, { ask, attempt }, name, random) {
  for (;;) {
    const listed = await ask('GET', '/v1/accounts?limit=100');
    const known = listed.json.items.find((/** @type {any} */ account) => account.name === name);
    const body = { name, currency: 'EUR' };
    const account = known ?? (await attempt('POST', '/v1/accounts', { body }).catch(() => undefined))?.json;
    signal.throwIfAborted();
    if (account?.id) return account.id;
    tally.retry('account not opened');
    await delay(random.between(20, 150), undefined, { signal });
  }
}
