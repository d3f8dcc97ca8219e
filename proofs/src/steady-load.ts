/**
 * Proves that the overload guard refuses nothing of a steady load below capacity: a gateway before a service that takes 300 ms for each request, whatever comes, and
 * 24 clients of which each asks again when it has its answer; then 50 requests a second, whatever the answers are. Fails where one request is refused.
 *
 *   node proofs/src/steady-load.ts --minutes 10
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { root as ownRoot } from '@mainstay/platform/root';
import { agentOf, ask, type Front } from './attacks/front.ts';
import { ownPlatformOf } from './attacks/own-platform-of.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '2' }, root: { type: 'string', default: ownRoot } },
});
const eachMs = Number(values.minutes) * 30_000; // half of the time for each kind of load
const clients = 24;
const perSecond = 50;
const serviceMs = 300;

type WithOwnPlatform = (
  options: { name: string; tell: (sentence: string) => void; environment: Record<string, string> },
  work: (platform: { url: string }) => Promise<number>,
) => Promise<number>;

const service = createServer((req, res) => {
  req.resume().on('end', () => {
    const isUser = req.url === '/internal/users';
    const now = new Date().toISOString();
    const user = {
      id: '019c0de0-0000-7000-8000-000000000001',
      email: 'a@example.com',
      displayName: 'A',
      createdAt: now,
    };
    setTimeout(
      () => {
        res.writeHead(isUser ? 201 : 200, { 'content-type': 'application/json' });
        res.end(JSON.stringify(isUser ? user : { items: [], nextCursor: null }));
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
  RATE_LIMIT_SESSION_MAX: '100000000',
};
const tell = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
const { withOwnPlatform } = (await import(ownPlatformOf(values.root))) as { withOwnPlatform: WithOwnPlatform };
process.exitCode = await withOwnPlatform({ name: 'steady-load', tell, environment }, async ({ url }) => {
  const front: Front = { name: 'gateway', url };
  const person = { email: 'a@example.com', password: 'correct horse battery staple', displayName: 'A' };
  const { cookie } = await ask(front, { method: 'POST', path: '/v1/users', json: person });
  const agent = agentOf(front);
  const statuses: Record<string, Record<string, number>> = { closed: {}, open: {} };
  const send = async (kind: string): Promise<void> => {
    const { status } = await ask(front, { path: '/v1/accounts', agent, ...(cookie !== undefined && { cookie }) });
    const counts = (statuses[kind] ??= {});
    counts[status] = (counts[status] ?? 0) + 1;
  };

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
  agent.destroy();
  console.table(statuses);
  return Object.values(statuses).every((counts) => Object.keys(counts).every((status) => status === '200')) ? 0 : 1;
});
service.close();
