import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A user with two accounts and money in the first. */
export type Customer = Awaited<ReturnType<typeof openCustomer>>;

/**
 * Waits for the platform, and registers. Every method fails where the platform does not answer as it must. Cookies are kept as a browser keeps them.
 * @param always headers of every request
 */
export async function openCustomer(url: string, password: string, always: Record<string, string> = {}) {
  const email = `${randomUUID()}@example.com`;
  const cookies = new Map<string, string>();
  async function ask(method: string, path: string, expected: number, body?: object, key?: string): Promise<string> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...always, cookie, 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) };
    const reply = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await reply.text();
    assert.equal(reply.status, expected, `${method} ${path} answered ${reply.status} ${text}`);
    for (const line of reply.headers.getSetCookie()) keep(cookies, line);
    return text;
  }
  const idOf = (text: string) => (JSON.parse(text) as { id: string }).id;
  while ((await fetch(`${url}/healthz`).catch(() => undefined))?.status !== 200) await delay(200);
  await ask('POST', '/v1/users', 201, { email, password, displayName: 'A Customer' });
  const from = idOf(await ask('POST', '/v1/accounts', 201, { name: 'From', currency: 'EUR' }));
  const to = idOf(await ask('POST', '/v1/accounts', 201, { name: 'To', currency: 'EUR' }));
  await ask('POST', `/v1/accounts/${from}/deposits`, 201, { amount: 1_000_000 }, randomUUID());
  return {
    pay: (key: string) => ask('POST', '/v1/transfers', 201, { fromAccountId: from, toAccountId: to, amount: 1 }, key),
    look: () => ask('GET', '/v1/session', 200),
    readActivity: () => ask('GET', '/v1/activity?limit=20', 200),
    /** The session has ended. */
    signIn: () => ask('POST', '/v1/session', 201, { email, password }),
    /** Another device signs in with the same password. */
    async signInAgain() {
      const headers = { ...always, 'content-type': 'application/json' };
      const reply = await fetch(`${url}/v1/session`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ email, password }),
      });
      assert.equal(reply.status, 201, `the sign-in answered ${reply.status} ${await reply.text()}`);
    },
    /** Each payment is in the activity once. */
    async seesPayments(count: number) {
      for (;;) {
        const seen = new Set<string>();
        let cursor: string | null = null;
        do {
          const query = `type=transfer.completed&limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
          const page = JSON.parse(await ask('GET', `/v1/activity?${query}`, 200)) as {
            items: { data: { transferId: string } }[];
            nextCursor: string | null;
          };
          for (const { data } of page.items)
            assert.equal(seen.size, seen.add(data.transferId).size - 1, 'an event came twice');
          cursor = page.nextCursor;
        } while (cursor !== null);
        if (seen.size === count) return;
        assert.ok(seen.size < count, `${seen.size} payments are in the activity, but ${count} were made`);
        await delay(200);
      }
    },
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  const expires = /; *expires=([^;]+)/i.exec(line)?.[1];
  if (value === '' || (expires !== undefined && Date.parse(expires) <= Date.now())) cookies.delete(name);
  else cookies.set(name, value);
}
