/** Creates two demo users with money through the public API. Existing demo users do not change. */
import { during, progress } from '../terminal.ts';

interface DemoUser {
  email: string;
  password: string;
  displayName: string;
  accounts: { name: string; currency: string; amount: number }[];
}

/** The demo users, with their passwords. */
export const demoUsers: DemoUser[] = [
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

/** Seeds the demo users, or prints why that failed. @returns whether they exist */
export async function offerDemoUsers(gatewayUrl: string): Promise<boolean> {
  try {
    await during('Seeding the demo users', () => seedDemoUsers(gatewayUrl));
    return true;
  } catch (error) {
    const reason = error instanceof Error ? [error.message, error.cause].filter(Boolean).join(': ') : String(error);
    progress(`The demo users could not be added; the platform works without them. ${reason}`);
    return false;
  }
}

/**
 * Registers the demo users, opens their accounts, and deposits the first money. Repeated runs change nothing.
 * @throws Error that names the failed request
 */
export async function seedDemoUsers(gatewayUrl: string): Promise<void> {
  for (const user of demoUsers) {
    const cookie = await signIn(gatewayUrl, user);
    const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      send(gatewayUrl, method, path, body, { ...headers, cookie }).then(expectSuccess(`${method} ${path}`));
    const { items } = (await call('GET', '/v1/accounts?limit=100')) as { items: { id: string; name: string }[] };
    for (const { name, currency, amount } of user.accounts) {
      const open = items.find((item) => item.name === name);
      const { id } = open ?? ((await call('POST', '/v1/accounts', { name, currency })) as { id: string });
      // While the idempotency key is stored, a second deposit has no effect. After that, the account's entries show that the
      // money has arrived.
      const entries = (await call('GET', `/v1/accounts/${id}/entries?limit=1`)) as { items: unknown[] };
      if (entries.items.length > 0) continue;
      await call('POST', `/v1/accounts/${id}/deposits`, { amount }, { 'idempotency-key': `demo-${id}` });
    }
    await (await send(gatewayUrl, 'DELETE', '/v1/session', undefined, { cookie })).body?.cancel();
  }
}

/** @returns the session's cookie */
async function signIn(gatewayUrl: string, { email, password, displayName }: DemoUser): Promise<string> {
  const registered = await send(gatewayUrl, 'POST', '/v1/users', { email, password, displayName });
  const reply =
    registered.status === 409 ? await send(gatewayUrl, 'POST', '/v1/session', { email, password }) : registered;
  const cookies = reply.headers.getSetCookie();
  await expectSuccess(`the sign-in of ${email}`)(reply);
  const cookie = cookies.find((value) => /^(__Host-)?mainstay\.sid=/.test(value));
  if (!cookie) throw new Error(`the sign-in of ${email} returned no session cookie`);
  return cookie.slice(0, cookie.indexOf(';'));
}

function send(
  gatewayUrl: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${gatewayUrl}${path}`, {
    method,
    headers: { ...headers, connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

function expectSuccess(what: string): (reply: Response) => Promise<unknown> {
  return async (reply) => {
    if (!reply.ok) throw new Error(`${what} returned ${reply.status}: ${(await reply.text()).slice(0, 500)}`);
    return reply.json();
  };
}
