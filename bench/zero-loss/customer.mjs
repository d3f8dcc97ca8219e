// @ts-check
/** One customer at one door: a kept connection, a session, accounts, and what it was told, written down. */
import { writeLine } from '../money/journal.mjs';
import { createExchange } from './exchange.mjs';

const PASSWORD = 'correct horse battery';

/** @typedef {import('./exchange.mjs').Reply} Reply */
/** @typedef {import('./exchange.mjs').Kind} Kind */
/**
 * Where clients come in.
 * @typedef {object} Door
 * @property {string} name
 * @property {string} url
 * @property {string} [ca] PEM of whom to trust
 * @property {(door: { url: string, ca?: string }) => import('./http1-connection.mjs').Transport} open
 */
/** @typedef {{ journalFile: string, outcomes: import('./outcomes.mjs').Outcomes }} World */
/** @typedef {Awaited<ReturnType<typeof signUp>>} Customer */

/**
 * Registers a new user, signed in.
 * @param {World} world
 * @param {Door} door
 * @param {string} name unique in this run
 * @throws Error where the platform does not let them in
 */
export async function signUp({ journalFile, outcomes }, door, name) {
  const transport = door.open(door);
  const exchange = createExchange({ transport, door: door.name, outcomes });
  /** @type {Record<string, string>} */
  const headers = {};
  let keys = 0;

  /**
   * @param {Kind} kind
   * @param {string} method
   * @param {string} path
   * @param {{ body?: object, key?: string, slowly?: boolean, isRight?: (reply: Reply) => boolean }} [options]
   */
  function ask(
    kind,
    method,
    path,
    { body, key, slowly, isRight = (reply) => reply.status === (body ? 201 : 200) } = {},
  ) {
    return exchange({
      kind,
      method,
      path,
      headers: {
        ...headers,
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(slowly && { slowly }),
      isRight,
    });
  }

  const person = { email: `${name}@example.com`, password: PASSWORD, displayName: name };
  const registered = await ask('unkeyed', 'POST', '/v1/users', { body: person });
  if (!registered) throw new Error(`${name} could not register at ${door.name}: ${outcomes.all.at(-1)?.reason}`);
  headers.cookie = registered.headers['set-cookie']?.split(';', 1)[0] ?? '';
  const userId = String(jsonOf(registered).user.id);
  /** What became of each attempt to open an account, by the account's name: its id, or undefined. @type {Map<string, string | undefined>} */
  const openings = new Map();

  /** @param {Omit<import('../money/journal.mjs').Line, 'time' | 'outcome' | 'user'>} line */
  const acknowledge = (line) => writeLine(journalFile, { outcome: 'acknowledged', user: userId, ...line });
  acknowledge({ request: 'POST /v1/users', id: userId });

  return {
    name,
    userId,
    openings,
    cookie: () => headers.cookie ?? '',
    ask,
    /** An un-keyed POST. @param {string} accountName @returns {Promise<string | undefined>} its id */
    async openAccount(accountName) {
      openings.set(accountName, undefined);
      const reply = await ask('unkeyed', 'POST', '/v1/accounts', { body: { name: accountName, currency: 'EUR' } });
      if (!reply) return undefined;
      const id = String(jsonOf(reply).id);
      openings.set(accountName, id);
      acknowledge({ request: 'POST /v1/accounts', id });
      return id;
    },
    /** @param {string} to @param {number} amount */
    async deposit(to, amount) {
      const key = `${name}-${(keys += 1)}`;
      const reply = await ask('keyed', 'POST', `/v1/accounts/${to}/deposits`, { body: { amount }, key });
      if (reply) acknowledge({ request: 'POST /v1/accounts/:id/deposits', id: jsonOf(reply).id, key, to, amount });
    },
    /** @param {string} from @param {string} to @param {number} amount */
    async pay(from, to, amount) {
      const key = `${name}-${(keys += 1)}`;
      const body = { fromAccountId: from, toAccountId: to, amount, memo: key };
      const reply = await ask('keyed', 'POST', '/v1/transfers', { body, key });
      if (reply) acknowledge({ request: 'POST /v1/transfers', id: jsonOf(reply).id, key, from, to, amount });
    },
    close: () => transport.close(),
  };
}

/** @param {Reply} reply */
export function jsonOf({ body }) {
  return JSON.parse(body.toString());
}
