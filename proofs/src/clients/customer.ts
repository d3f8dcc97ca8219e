/** A user of the platform with two accounts and money, for proofs in which every request must succeed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@mainstay/platform/until';
import type { Asked, Reply, Send } from './http-client.ts';

const MONEY = 1_000_000_000;

export type Customer = Awaited<ReturnType<typeof openCustomer>>;

/** Repeats a request that is refused temporarily. Without an idempotency key, the platform can make a payment twice. */
export function sendUntilServed(send: Send): Send {
  return async (asked) => {
    for (;;) {
      const reply = await send(asked);
      if (reply.status < 503 && reply.json?.code !== 'idempotency_in_progress') return reply;
      await delay(200);
    }
  };
}

/** Waits for the platform, then registers a user with money in two accounts. @throws Error on an unexpected reply */
export async function openCustomer(send: Send, { money = MONEY } = {}) {
  const email = `${randomUUID()}@example.com`;
  // `npm run traffic` leaves users with money on a shared platform. The e-mail address must not be enough to sign in.
  const password = randomUUID();
  let cookie = '';
  async function demand(status: number, asked: Asked, by: Send = send): Promise<Reply> {
    const reply = await by({ ...asked, cookie });
    if (reply.status !== status)
      throw new Error(`${asked.path} was answered with ${reply.status}, not ${status}: ${reply.body.toString()}`);
    cookie = reply.cookie || cookie;
    return reply;
  }
  const patient = sendUntilServed(send);
  await until(
    'the platform is ready',
    async () => (await send({ path: '/healthz' }).catch(() => undefined))?.status === 200,
  );
  await demand(201, { path: '/v1/users', body: { email, password, displayName: 'A Customer' } }, patient);
  const open = async (name: string) => {
    const id: string = (await demand(201, { path: '/v1/accounts', body: { name, currency: 'EUR' } }, patient)).json.id;
    await demand(201, { path: `/v1/accounts/${id}/deposits`, body: { amount: money }, key: randomUUID() }, patient);
    return id;
  };
  const accounts: [string, string] = [await open('Everyday'), await open('Savings')];
  const [fromAccountId, toAccountId] = accounts;
  /** Returns a request that pays one cent from the account `Everyday`, by default to the account `Savings`. */
  const payment = (key: string = randomUUID(), to = toAccountId) => ({
    path: '/v1/transfers',
    body: { fromAccountId, toAccountId: to, amount: 1 },
    key,
    cookie,
  });

  return {
    email,
    accounts,
    cookie: () => cookie,
    payment,
    pay: async () => (await demand(201, payment())).body.toString(),
    /** Sends a request of this customer. @throws Error if the status of the reply is not `status` */
    demand: (status: number, asked: Asked) => demand(status, asked),
    readActivity: async () => (await demand(200, { path: '/v1/activity?limit=20' })).body.toString(),
    signIn: () => demand(201, { path: '/v1/session', body: { email, password } }),
    /**
     * Waits until `count` payments are in the activity.
     * @throws Error if the activity has a payment twice, or if the activity has more than `count` payments
     */
    async seesPayments(count: number) {
      await until(`${count} payments are in the activity`, async () => {
        const seen: string[] = [];
        let cursor = '';
        do {
          const path = `/v1/activity?type=transfer.completed&limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
          const { items, nextCursor }: any = (await demand(200, { path })).json;
          for (const { data } of items) seen.push(data.transferId);
          cursor = nextCursor ?? '';
        } while (cursor !== '');
        if (new Set(seen).size < seen.length) throw new Error('an event is in the activity twice');
        if (seen.length > count) throw new Error(`${seen.length} payments are in the activity, but ${count} were made`);
        return seen.length === count;
      });
    },
  };
}
