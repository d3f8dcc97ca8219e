/** Somebody who uses the platform while it is attacked. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { agentOf, ask, type Ask, type Front } from './front.ts';

export interface Person {
  cookie: string;
  accountIds: [string, string];
}

export interface Served {
  requests: number;
  /** Replies 2xx, as a share. */
  share: number;
  p99Ms: number;
  statuses: Record<string, number>;
}

const perSecond = 20;
const timeoutMs = 15_000;

/** Registers somebody with two accounts and money. */
export async function newPerson(front: Front, name: string): Promise<Person> {
  const email = `${name}-${randomUUID()}@example.com`;
  const json = { email, password: 'correct horse battery staple', displayName: name };
  const { cookie, ...registered } = await ask(front, { method: 'POST', path: '/v1/users', json });
  if (cookie === undefined) throw new Error(`registration answers ${registered.status}: ${registered.text}`);
  const open = async () => {
    const account = { name: 'Everyday', currency: 'EUR' };
    const { text } = await ask(front, { method: 'POST', path: '/v1/accounts', cookie, json: account });
    return (JSON.parse(text) as { id: string }).id;
  };
  const accountIds: [string, string] = [await open(), await open()];
  const headers = { 'idempotency-key': randomUUID() };
  const path = `/v1/accounts/${accountIds[0]}/deposits`;
  await ask(front, { method: 'POST', path, cookie, headers, json: { amount: 1_000_000 } });
  return { cookie, accountIds };
}

/** Reads and pays at an even rate, whatever the answers are, until `work` has ended. A time counts from when its request was due. */
export async function serve(front: Front, { cookie, accountIds }: Person, work: Promise<unknown>): Promise<Served> {
  const agent = agentOf(front);
  const [fromAccountId, toAccountId] = accountIds;
  const asks: (() => Ask)[] = [
    () => ({ path: '/v1/accounts' }),
    () => ({ path: `/v1/accounts/${fromAccountId}/entries` }),
    () => ({
      method: 'POST',
      path: '/v1/transfers',
      headers: { 'idempotency-key': randomUUID() },
      json: { fromAccountId, toAccountId, amount: 1 },
    }),
    () => ({ path: '/healthz' }),
  ];
  const timesMs: number[] = [];
  const statuses: Record<string, number> = {};
  const under: Promise<void>[] = [];
  let isOver = false;
  void work.finally(() => (isOver = true));
  const beganMs = performance.now();
  for (let number = 0; !isOver; number += 1) {
    const dueMs = beganMs + (number * 1_000) / perSecond;
    await delay(Math.max(0, dueMs - performance.now()));
    const next = asks[number % asks.length]!();
    under.push(
      ask(front, { ...next, cookie, agent, timeoutMs }).then(
        ({ status }) => note(String(status), dueMs),
        () => note('none', dueMs),
      ),
    );
  }
  function note(status: string, dueMs: number): void {
    statuses[status] = (statuses[status] ?? 0) + 1;
    timesMs.push(performance.now() - dueMs);
  }
  await Promise.all(under);
  agent.destroy();
  const good = Object.entries(statuses).reduce((sum, [status, count]) => sum + (status.startsWith('2') ? count : 0), 0);
  const sorted = timesMs.toSorted((a, b) => a - b);
  const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  return { requests: sorted.length, share: good / sorted.length, p99Ms, statuses };
}
