/**
 * Proves that the overload guard refuses nothing of a steady load below capacity: a gateway before a service that takes 300 ms for each request, whatever comes, and
 * 24 clients of which each asks again when it has its answer; then 50 requests a second, whatever the answers are. A second client reads and pays all the while.
 * Directly, and behind nginx and HAProxy, which must be installed. Fails where one request is refused.
 *
 *   node proofs/src/steady-load.ts --minutes 10                   at each front, half of them for each kind of load
 *   node proofs/src/steady-load.ts --minutes 10 --front HAProxy   or "gateway alone", or nginx
 *   node proofs/src/steady-load.ts --root <another clone, built>
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { root as ownRoot } from '@mainstay/platform/root';
import { freePort } from '@mainstay/platform/testing';
import { startEdges } from './attacks/edges.ts';
import { agentOf, ask, type Front } from './attacks/front.ts';
import { ownPlatformOf } from './attacks/own-platform-of.ts';
import { newPerson, serve } from './attacks/second-client.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    front: { type: 'string' },
    root: { type: 'string', default: ownRoot },
  },
});
const eachMs = Number(values.minutes) * 30_000;
const clients = 24;
const perSecond = 50;
const serviceMs = 300;

type WithOwnPlatform = (
  options: { name: string; tell: (sentence: string) => void; environment: Record<string, string> },
  work: (platform: { url: string; directory: string }) => Promise<number>,
) => Promise<number>;

const service = createServer((req, res) => {
  req.resume().on('end', () => {
    const isUser = req.url === '/internal/users';
    const now = new Date().toISOString();
    const id = '019c0de0-0000-7000-8000-000000000001';
    const user = {
      id,
      email: 'a@example.com',
      displayName: 'A',
      createdAt: now,
    };
    setTimeout(
      () => {
        res.writeHead(isUser ? 201 : 200, { 'content-type': 'application/json' });
        res.end(JSON.stringify(isUser ? user : { id, items: [], nextCursor: null }));
      },
      isUser ? 0 : serviceMs,
    );
  });
});
service.listen(0, '127.0.0.1');
await new Promise((resolve) => service.once('listening', resolve));

const environment = {
  ACCOUNTS_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
  LOG_LEVEL: 'error',
  TRUST_PROXY: '127.0.0.1',
  RATE_LIMIT_ANONYMOUS_MAX: '100000000',
  RATE_LIMIT_SESSION_MAX: '100000000',
};
const tell = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
const { withOwnPlatform } = (await import(ownPlatformOf(values.root))) as { withOwnPlatform: WithOwnPlatform };
process.exitCode = await withOwnPlatform({ name: 'steady-load', tell, environment }, async ({ url, directory }) => {
  const ports = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  const edges = await startEdges({ root: values.root, folder: directory, gateway: new URL(url).host, ports });
  try {
    const fronts = [{ name: 'gateway alone', url }, ...edges.fronts];
    const rows = [];
    for (const front of fronts.filter(({ name }) => name === (values.front ?? name))) {
      rows.push(await measure(front));
      tell(JSON.stringify(rows.at(-1)));
    }
    console.table(rows);
    return rows.every(({ refused }) => refused === 0) ? 0 : 1;
  } finally {
    await edges.close();
  }
});
service.close();

async function measure(front: Front) {
  const [person, other] = [await newPerson(front, 'crowd'), await newPerson(front, 'second')];
  const agent = agentOf(front);
  const statuses: Record<'closed' | 'open', Record<string, number>> = { closed: {}, open: {} };
  const send = async (kind: 'closed' | 'open'): Promise<void> => {
    const status = await ask(front, { path: '/v1/accounts', agent, cookie: person.cookie }).then(
      (reply) => reply.status,
      () => 'none',
    );
    statuses[kind][status] = (statuses[kind][status] ?? 0) + 1;
  };
  const second = await serve(front, other, sendAll(send));
  agent.destroy();
  const all = [...Object.values(statuses).flatMap(Object.entries), ...Object.entries(second.statuses)];
  return {
    front: front.name,
    '24 clients': JSON.stringify(statuses.closed),
    '50 a second': JSON.stringify(statuses.open),
    'second client': JSON.stringify(second.statuses),
    'its p99 ms': Math.round(second.p99Ms),
    refused: all.reduce((sum, [status, count]) => sum + (status.startsWith('2') ? 0 : Number(count)), 0),
  };
}

async function sendAll(send: (kind: 'closed' | 'open') => Promise<void>): Promise<void> {
  const endMs = performance.now() + eachMs;
  const askAgain = async (): Promise<void> => {
    while (performance.now() < endMs) await send('closed');
  };
  await Promise.all(Array.from({ length: clients }, askAgain));

  const under: Promise<void>[] = [];
  const beganMs = performance.now();
  for (let number = 0; performance.now() - beganMs < eachMs; number += 1) {
    await delay(Math.max(0, beganMs + (number * 1_000) / perSecond - performance.now()));
    under.push(send('open'));
  }
  await Promise.all(under);
}
