import { during, progress } from '../terminal.ts';

interface DemoUser {
  email: string;
  password: string;
  displayName: string;
  accounts: { name: string; currency: string; amount: number }[];
}

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

/** Adds missing demo users, or prints the reason of a failure. @returns whether the demo users exist */
export async function offerDemoUsers(gatewayUrl: string): Promise<boolean> {
  try {
    await during('Seeding the demo users', async () => {
      for (const user of demoUsers) await seed(gatewayUrl, user);
    });
    return true;
  } catch (error) {
    const reason = error instanceof Error ? [error.message, error.cause].filter(Boolean).join(': ') : String(error);
    progress(`The demo users could not be added; the platform works without them. ${reason}`);
    return false;
  }
}

/** Registers a demo user, opens the accounts, and deposits the first money. Skips each step that an earlier run has done. */
async function seed(gatewayUrl: string, { accounts, ...user }: DemoUser): Promise<void> {
  const { email, password } = user;
  let cookie = '';

  async function call<Body>(method: string, path: string, body?: object, key = ''): Promise<Body> {
    const reply = await fetch(`${gatewayUrl}${path}`, {
      method,
      headers: {
        connection: 'close',
        ...(cookie && { cookie }),
        ...(key && { 'idempotency-key': key }),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const session = reply.headers.getSetCookie().find((value) => /^(__Host-)?mainstay\.sid=/.test(value));
    if (session) cookie = session.slice(0, session.indexOf(';'));
    const text = await reply.text();
    // An earlier run has registered the user, so sign in.
    if (reply.status === 409 && path === '/v1/users') return call<Body>('POST', '/v1/session', { email, password });
    if (!reply.ok) throw new Error(`${method} ${path} returned ${reply.status}: ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  }

  await call('POST', '/v1/users', user);
  const { items } = await call<{ items: { id: string; name: string }[] }>('GET', '/v1/accounts?limit=100');
  for (const { name, currency, amount } of accounts) {
    const open = items.find((item) => item.name === name);
    const { id } = open ?? (await call<{ id: string }>('POST', '/v1/accounts', { name, currency }));
    // The idempotency key of the first deposit expires, so also look for that deposit in the entries.
    const entries = await call<{ items: unknown[] }>('GET', `/v1/accounts/${id}/entries?limit=1`);
    if (entries.items.length === 0) await call('POST', `/v1/accounts/${id}/deposits`, { amount }, `demo-${id}`);
  }
  await call('DELETE', '/v1/session');
}
