/** People with money, and one way to ask the platform for something in their name. */
import { Agent, request } from 'node:http';

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
interface Reply {
  status: number;
  json: any;
  cookie: string;
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
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const ask = (asked: Asked) => askOnce(url, agent, asked);
  return {
    ask,
    async askUntilServed(asked) {
      for (;;) {
        const reply = await ask(asked);
        if (reply.status < 300) return reply;
        const mayRepeat = reply.status >= 503 || reply.json.code === 'idempotency_in_progress';
        if (!mayRepeat) throw new Error(`${asked.method} ${asked.path}: ${JSON.stringify(reply.json)}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    close: () => agent.destroy(),
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

function askOnce(url: string, agent: Agent, { method, path, body, cookie, key }: Asked): Promise<Reply> {
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(cookie !== undefined && { cookie }),
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  return new Promise((resolve, reject) => {
    const req = request(url + path, { method, agent, headers }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      res.on('error', reject);
      res.on('end', () => {
        const [cookie = ''] = (res.headers['set-cookie']?.[0] ?? '').split(';', 1);
        resolve({ status: res.statusCode ?? 0, json: JSON.parse(text), cookie });
      });
    });
    req.on('error', reject).end(body && JSON.stringify(body));
  });
}
