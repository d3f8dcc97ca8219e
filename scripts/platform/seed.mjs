// @ts-check
/** Two demo users with money, made through the public API as anybody would. What is there already is left as it is. */

/** @typedef {{ name: string, currency: string, amount: number }} DemoAccount */
/** @typedef {{ email: string, password: string, displayName: string, accounts: DemoAccount[] }} DemoUser */

/** @type {DemoUser[]} */
export const demoUsers = [
  {
    email: 'ada@example.com',
    password: 'ada-demo-password',
    displayName: 'Ada Lovelace',
    accounts: [
      { name: 'Everyday', currency: 'EUR', amount: 250_000 },
      { name: 'Savings', currency: 'EUR', amount: 1_000_000 },
    ],
  },
  {
    email: 'grace@example.com',
    password: 'grace-demo-password',
    displayName: 'Grace Hopper',
    accounts: [
      { name: 'Everyday', currency: 'EUR', amount: 120_000 },
      { name: 'Travel', currency: 'USD', amount: 80_000 },
    ],
  },
];

const TIMEOUT_MS = 15_000;

/**
 * Registers the demo users, opens their accounts and pays in the first money: once, however often it runs.
 * @param {string} gatewayUrl
 * @throws Error naming the request that failed
 */
export async function seedDemoUsers(gatewayUrl) {
  for (const user of demoUsers) {
    const cookie = await signIn(gatewayUrl, user);
    /** @type {{ items: { id: string, name: string }[] }} */
    const { items } = await call(gatewayUrl, cookie, 'GET', '/v1/accounts?limit=100');
    for (const account of user.accounts) {
      const { name, currency } = account;
      const open = items.find((item) => item.name === name);
      const { id } = open ?? (await call(gatewayUrl, cookie, 'POST', '/v1/accounts', { name, currency }));
      await payIn(gatewayUrl, cookie, id, account.amount);
    }
    await (await send(gatewayUrl, 'DELETE', '/v1/session', undefined, { cookie })).body?.cancel();
  }
}

/**
 * The key makes a repetition harmless while it is kept; after that the account's entries tell that the money is there.
 * @param {string} gatewayUrl
 * @param {string} cookie
 * @param {string} accountId
 * @param {number} amount
 */
async function payIn(gatewayUrl, cookie, accountId, amount) {
  const { items } = await call(gatewayUrl, cookie, 'GET', `/v1/accounts/${accountId}/entries?limit=1`);
  if (items.length > 0) return;
  const path = `/v1/accounts/${accountId}/deposits`;
  await call(gatewayUrl, cookie, 'POST', path, { amount }, { 'idempotency-key': `demo-${accountId}` });
}

/**
 * @param {string} gatewayUrl
 * @param {DemoUser} user
 * @returns {Promise<string>} the session's cookie
 */
async function signIn(gatewayUrl, { email, password, displayName }) {
  const registered = await send(gatewayUrl, 'POST', '/v1/users', { email, password, displayName });
  const reply =
    registered.status === 409 ? await send(gatewayUrl, 'POST', '/v1/session', { email, password }) : registered;
  const cookie = reply.headers.getSetCookie().find((value) => /^(__Host-)?mainstay\.sid=/.test(value));
  if (!reply.ok || !cookie) throw await failure(reply, `signing ${email} in`);
  await reply.body?.cancel();
  return cookie.slice(0, cookie.indexOf(';'));
}

/**
 * @param {string} gatewayUrl
 * @param {string} cookie
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>} the reply's body
 */
async function call(gatewayUrl, cookie, method, path, body, headers = {}) {
  const reply = await send(gatewayUrl, method, path, body, { ...headers, cookie });
  if (!reply.ok) throw await failure(reply, `${method} ${path}`);
  return reply.json();
}

/**
 * @param {string} gatewayUrl
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 */
function send(gatewayUrl, method, path, body, headers = {}) {
  return fetch(`${gatewayUrl}${path}`, {
    method,
    headers: { ...headers, connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

/**
 * @param {Response} reply
 * @param {string} what
 */
async function failure(reply, what) {
  return new Error(`${what} was answered ${reply.status}: ${(await reply.text()).slice(0, 500)}`);
}
