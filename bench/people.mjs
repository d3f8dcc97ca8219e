// @ts-check
/** People with money, and one way to ask the platform for something in their name. */
import { Agent, request } from 'node:http';

/** @typedef {{ cookie: string, from: string, to: string }} Person two accounts of theirs, the first with money */
/** @typedef {{ method: string, path: string, body?: object, cookie?: string, key?: string }} Asked */
/** @typedef {{ status: number, json: any, cookie: string }} Reply */
/**
 * @typedef {object} Client
 * @property {(asked: Asked) => Promise<Reply>} ask once, whatever comes of it; rejects where no reply does
 * @property {(asked: Asked) => Promise<Reply>} askUntilServed a machine that has much to do may refuse some; a payment has a key, so that it is made once
 * @property {() => void} close
 */

let keys = 0;
/** A key that no payment of this process has had. */
export const newKey = () => `bench-${(keys += 1)}`;

/**
 * On connections that are kept.
 * @param {string} url @param {number} connections
 * @returns {Client}
 */
export function openClient(url, connections) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  /** @param {Asked} asked */
  const ask = (asked) => askOnce(url, agent, asked);
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

/** @param {Client} client @param {number} count @returns {Promise<Person[]>} */
export async function openPeople({ askUntilServed }, count) {
  /** @type {Person[]} */
  const people = [];
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

/** @param {Person} person @returns {Asked} */
export function payment({ cookie, from, to }) {
  const body = { fromAccountId: from, toAccountId: to, amount: 1 };
  return { method: 'POST', path: '/v1/transfers', body, cookie, key: newKey() };
}

/**
 * @param {string} url @param {Agent} agent @param {Asked} asked
 * @returns {Promise<Reply>}
 */
function askOnce(url, agent, { method, path, body, cookie, key }) {
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(cookie !== undefined && { cookie }),
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  return new Promise((resolve, reject) => {
    const req = request(url + path, { method, agent, headers }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => (text += chunk));
      res.on('error', reject);
      res.on('end', () => {
        const [cookie = ''] = (res.headers['set-cookie']?.[0] ?? '').split(';', 1);
        resolve({ status: res.statusCode ?? 0, json: JSON.parse(text), cookie });
      });
    });
    req.on('error', reject).end(body && JSON.stringify(body));
  });
}
