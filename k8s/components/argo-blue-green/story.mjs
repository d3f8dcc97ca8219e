// @ts-check
/**
 * The smoke stories test a running platform by sending requests. `npm run release -- kubernetes` and a Job in the
 * cluster use this file. The Job has only Node.js, so this file must not import npm packages.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const REQUEST_MS = 15_000;
/** Longest time until an event must be in the user's activity. */
const ACTIVITY_MS = 30_000;
const POLL_MS = 300;

/** The error for a reply that was not as expected. The message is a sentence that says what failed. */
export class StoryError extends Error {}

/**
 * Tests every service and store: registers a user, opens accounts, deposits, pays, and finds the payment in the
 * activity. If the API has no deposits, finds the opening of an account instead. Does not delete the user or the money.
 * @param {string} url
 * @param {AbortSignal} [signal]
 * @throws StoryError
 */
export async function playStory(url, signal) {
  const client = createClient(url, signal);
  await client.ask('GET', '/healthz', 200);
  const id = randomUUID();
  await client.ask('POST', '/v1/users', 201, { ...newCredentials(), displayName: 'Smoke test' });
  const from = (await client.ask('POST', '/v1/accounts', 201, { name: 'Everyday', currency: 'EUR' })).id;
  const to = (await client.ask('POST', '/v1/accounts', 201, { name: 'Savings', currency: 'EUR' })).id;
  if (await hasDeposits(client)) await pay(client, { from, to, id, url });
  else await waitForEvent(client, { type: 'account.opened', key: 'accountId', value: to, url });
  await client.ask('DELETE', '/v1/session', 204);
}

/**
 * Tests the platform without creating a user or money. The gateway must refuse the sign-in of an unknown user. For this
 * refusal, the gateway needs Redis, the accounts service and PostgreSQL. If `user` is given, this user signs in, and
 * reads accounts and activity.
 * @param {string} url
 * @param {AbortSignal} [signal]
 * @param {{ email: string, password: string }} [user]
 * @throws StoryError
 */
export async function playReadOnlyStory(url, signal, user) {
  const client = createClient(url, signal);
  await client.ask('GET', '/healthz', 200);
  await client.ask('GET', '/openapi.json', 200);
  await client.ask('GET', '/v1/accounts', 401);
  await client.ask('POST', '/v1/session', 401, newCredentials());
  if (!user) return;
  await client.ask('POST', '/v1/session', 201, user);
  await client.ask('GET', '/v1/accounts', 200);
  await client.ask('GET', '/v1/activity', 200);
  await client.ask('DELETE', '/v1/session', 204);
}

/** The user stays, so the password is random: the e-mail address must not be enough to sign in. */
function newCredentials() {
  return { email: `smoke-${randomUUID()}@example.invalid`, password: randomUUID() };
}

/** @param {ReturnType<typeof createClient>} client @returns {Promise<boolean>} whether the API has deposits */
async function hasDeposits(client) {
  const { paths } = await client.ask('GET', '/openapi.json', 200);
  return '/v1/accounts/{accountId}/deposits' in paths;
}

/** @param {ReturnType<typeof createClient>} client @param {{ from: string, to: string, id: string, url: string }} story */
async function pay(client, { from, to, id, url }) {
  await client.ask('POST', `/v1/accounts/${from}/deposits`, 201, { amount: 1_000 }, `${id}-deposit`);
  const payment = { fromAccountId: from, toAccountId: to, amount: 250 };
  const transfer = await client.ask('POST', '/v1/transfers', 201, payment, `${id}-transfer`);
  const { balance } = await client.ask('GET', `/v1/accounts/${to}`, 200);
  if (balance !== 250)
    throw new StoryError(`The smoke story at ${url} failed: 250 were paid, but the balance is ${balance}.`);
  await waitForEvent(client, { type: 'transfer.completed', key: 'transferId', value: transfer.id, url });
}

/**
 * Waits until the user's activity contains an event of this type whose field `data[key]` has this value. `url` is for
 * the text of the error.
 * @param {ReturnType<typeof createClient>} client
 * @param {{ type: string, key: string, value: string, url: string }} event
 * @throws StoryError
 */
async function waitForEvent(client, { type, key, value, url }) {
  const giveUpAt = performance.now() + ACTIVITY_MS;
  for (;;) {
    const { items } = await client.ask('GET', `/v1/activity?type=${type}`, 200);
    const isSeen = items.some((/** @type {{ data: Record<string, unknown> }} */ { data }) => data[key] === value);
    if (isSeen) return;
    if (performance.now() > giveUpAt) {
      throw new StoryError(
        `The smoke story at ${url} failed: ${type} is not in the activity after ${ACTIVITY_MS / 1_000} s.`,
      );
    }
    await delay(POLL_MS);
  }
}

/** @param {string} url @param {AbortSignal} [signal] */
function createClient(url, signal) {
  let cookie = '';
  return {
    /**
     * @param {string} method
     * @param {string} path
     * @param {number} expected the expected status
     * @param {object} [body]
     * @param {string} [key] the idempotency key
     */
    async ask(method, path, expected, body, key) {
      const limit = AbortSignal.any([AbortSignal.timeout(REQUEST_MS), ...(signal ? [signal] : [])]);
      const reply = await fetch(`${url}${path}`, {
        method,
        signal: limit,
        headers: {
          connection: 'close', // an open connection would delay a shutdown of the server
          ...(cookie && { cookie }),
          ...(body && { 'content-type': 'application/json' }),
          ...(key && { 'idempotency-key': key }),
        },
        ...(body && { body: JSON.stringify(body) }),
      }).catch((error) => {
        signal?.throwIfAborted();
        throw failure(url, `${method} ${path}`, `got no answer (${error.cause?.message ?? error.message})`);
      });
      const text = await reply.text();
      if (reply.status !== expected)
        throw failure(url, `${method} ${path}`, `returned ${reply.status} ${text.slice(0, 300)}`);
      cookie = reply.headers.getSetCookie()[0]?.split(';', 1)[0] ?? cookie;
      return text === '' ? {} : reply.headers.get('content-type')?.includes('json') ? JSON.parse(text) : { text };
    },
  };
}

/** @param {string} url @param {string} request @param {string} what */
function failure(url, request, what) {
  return new StoryError(`The smoke story at ${url} failed: ${request} ${what}.`);
}
