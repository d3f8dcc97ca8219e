// @ts-check
/** The smoke story for a Job in the cluster, which has this one file: register, open, deposit, pay, see it. Exit code 1 and a sentence where a request is not answered as it must be. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const url = process.argv[2] ?? '';
const id = randomUUID();
let cookie = '';

/**
 * @param {string} method
 * @param {string} path
 * @param {number} expected
 * @param {object} [body]
 */
async function ask(method, path, expected, body) {
  const reply = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(15_000),
    headers: { ...(cookie && { cookie }), 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (reply.status !== expected)
    throw new Error(`${method} ${path} was answered ${reply.status} ${text.slice(0, 300)}`);
  cookie = reply.headers.getSetCookie()[0]?.split(';', 1)[0] ?? cookie;
  return JSON.parse(text);
}

try {
  await ask('POST', '/v1/users', 201, {
    email: `smoke-${id}@example.invalid`,
    password: id,
    displayName: 'Smoke test',
  });
  const { id: from } = await ask('POST', '/v1/accounts', 201, { name: 'Everyday', currency: 'EUR' });
  const { id: to } = await ask('POST', '/v1/accounts', 201, { name: 'Savings', currency: 'EUR' });
  await ask('POST', `/v1/accounts/${from}/deposits`, 201, { amount: 1_000 });
  await ask('POST', '/v1/transfers', 201, { fromAccountId: from, toAccountId: to, amount: 250 });
  for (let left = 60; ; left -= 1) {
    const { items } = await ask('GET', '/v1/activity?type=transfer.completed', 200);
    if (items.length > 0) break;
    if (left === 0) throw new Error('the transfer is not in the activity after half a minute');
    await delay(500);
  }
  console.log('the story was played');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
