/** People with money, and one way to ask the platform for something in their name. */
import { setTimeout as delay } from 'node:timers/promises';
import { openHttpClient, type Reply } from './http-client.ts';

/** two accounts of theirs, the first with money */
export interface Person {
  cookie: string;
  from: string;
  to: string;
}
export interface Asked {
  method: string;
  path: string;
  body?: object;
  cookie?: string;
  key?: string;
}
export interface Client {
  /** once, whatever comes of it; rejects where no reply does */
  ask: (asked: Asked) => Promise<Reply>;
  /** a machine that has much to do may refuse some; a payment has a key, so that it is made once */
  askUntilServed: (asked: Asked) => Promise<Reply>;
  close: () => void;
}

let keys = 0;
/** A key that no payment of this process has had. */
export const newKey = () => `bench-${(keys += 1)}`;

/** On connections that are kept. */
export function openClient(url: string, connections: number): Client {
  const { send, close } = openHttpClient(url, { connections });
  const ask = ({ method, path, body, cookie, key }: Asked) =>
    send(method, path, {
      ...(body && { body }),
      headers: { ...(cookie && { cookie }), ...(key && { 'idempotency-key': key }) },
    });
  return {
    ask,
    async askUntilServed(asked) {
      for (;;) {
        const reply = await ask(asked);
        if (reply.status < 300) return reply;
        const mayRepeat = reply.status >= 503 || reply.json.code === 'idempotency_in_progress';
        if (!mayRepeat) throw new Error(`${asked.method} ${asked.path}: ${JSON.stringify(reply.json)}`);
        await delay(200);
      }
    },
    close,
  };
}

export async function openPeople({ askUntilServed }: Client, count: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let number = 0; number < count; number += 1) {
    const person = { email: `p${number}@example.com`, password: 'correct horse battery', displayName: 'P' };
    const { cookie } = await askUntilServed({ method: 'POST', path: '/v1/users', body: person });
    const ids = [];
    for (const name of ['a', 'b']) {
      const account = { name, currency: 'EUR' };
      ids.push((await askUntilServed({ method: 'POST', path: '/v1/accounts', body: account, cookie })).json.id);
    }
    const [from = '', to = ''] = ids;
    const body = { amount: 1_000_000_000 };
    await askUntilServed({ method: 'POST', path: `/v1/accounts/${from}/deposits`, body, cookie, key: newKey() });
    people.push({ cookie, from, to });
  }
  return people;
}

export function payment({ cookie, from, to }: Person): Asked {
  const body = { fromAccountId: from, toAccountId: to, amount: 1 };
  return { method: 'POST', path: '/v1/transfers', body, cookie, key: newKey() };
}
