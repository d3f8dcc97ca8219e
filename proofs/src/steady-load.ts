/**
 * Proves that the overload guard refuses no request of a steady load below capacity. Two loads run one after the other:
 * 24 clients that wait for replies, and 50 requests per second. The loads run on the gateway alone and through each
 * edge. The proof needs nginx and HAProxy. Exit code 1 if a request is refused.
 *
 *   node proofs/src/steady-load.ts --minutes 10
 *   node proofs/src/steady-load.ts --minutes 10 --front nginx
 *
 * `--minutes`: the duration for the gateway and for each edge. Each of the two loads runs for half of the duration.
 * `--front`: sends the load only to nginx, only to haproxy or only to "gateway alone".
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withOwnPlatform } from './own-platform.ts';
import { progress } from '@mainstay/platform/terminal';
import { refusedOf, serve } from './attacks/second-client.ts';
import { openHttpClient } from './clients/http-client.ts';
import { closedLoop, openLoop } from './clients/load.ts';
import { withFronts, type Front } from './edges.ts';
import { withoutLimits } from './limits.ts';
import { readFlags } from './read-flags.ts';

const { minutes, front: chosen } = readFlags({ minutes: 2, front: '' });
const eachMs = minutes * 30_000;
const serviceMs = 300;

const id = '019c0de0-0000-7000-8000-000000000001';
const user = { id, email: 'a@example.com', displayName: 'A', createdAt: new Date().toISOString() };
const service = createServer((req, res) => {
  const isUser = req.url === '/internal/users';
  const answer = () => {
    res.writeHead(req.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
    res.end(JSON.stringify(isUser ? user : { id, items: [], nextCursor: null }));
  };
  req.resume().on('end', () => setTimeout(answer, isUser ? 0 : serviceMs));
});
await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));

const environment = {
  ...withoutLimits,
  ACCOUNTS_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
  LOG_LEVEL: 'error',
  TRUST_PROXY: '127.0.0.1',
};
process.exitCode = await withOwnPlatform({ name: 'steady-load', tell: progress, environment }, ({ url }) =>
  withFronts(url, chosen, async (fronts) => {
    const rows = [];
    for (const front of fronts) rows.push(await measure(front));
    console.table(rows);
    return rows.every(({ refused }) => refused === 0) ? 0 : 1;
  }),
);
service.close();

async function measure(front: Front) {
  const { send, close } = openHttpClient(front);
  const body = { email: 'a@example.com', password: 'correct horse battery staple', displayName: 'A' };
  const { cookie } = await send({ path: '/v1/users', body });
  const statuses: Record<'closed' | 'open', Record<string, number>> = { closed: {}, open: {} };
  const ask = async (kind: keyof typeof statuses) => {
    const asked = send({ path: '/v1/accounts', cookie });
    const status = await asked.then(
      (reply) => String(reply.status),
      () => 'none',
    );
    statuses[kind][status] = (statuses[kind][status] ?? 0) + 1;
  };
  const sendAll = async () => {
    const closedEndMs = performance.now() + eachMs;
    await closedLoop(
      24,
      () => performance.now() > closedEndMs,
      () => ask('closed'),
    );
    const isOver = () => performance.now() > closedEndMs + eachMs;
    await Promise.all(await openLoop({ perSecond: 50, isOver, send: () => ask('open') }));
  };
  const second = await serve(send, sendAll());
  close();
  return {
    front: front.name,
    '24 clients': JSON.stringify(statuses.closed),
    '50 a second': JSON.stringify(statuses.open),
    'second client': JSON.stringify(second.statuses),
    'its p99 ms': Math.round(second.p99Ms),
    refused: [statuses.closed, statuses.open, second.statuses].reduce((sum, one) => sum + refusedOf(one), 0),
  };
}
