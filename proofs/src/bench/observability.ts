import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { withOwnPlatform, type OwnPlatform } from '../own-platform.ts';
import { progress } from '@mainstay/platform/terminal';
import { openCustomer, sendUntilServed, type Customer } from '../clients/customer.ts';
import { openHttpClient, type Send } from '../clients/http-client.ts';
import { closedLoop } from '../clients/load.ts';
import { withoutLimits } from '../limits.ts';
import { readFlags } from '../read-flags.ts';
import { median } from '../statistics.ts';
import { cpuSeconds } from './cpu.ts';

const clients = 8;
/** The first requests are slow, because Node.js compiles the code. */
const warmUpRequests = 10_000;
const costMax = 1.2;
const measured = ['gateway', 'accounts'] as const;

interface Side {
  platform: OwnPlatform;
  send: Send;
  customers: Customer[];
}
/** Milliseconds of CPU for each request. */
type Cost = Record<(typeof measured)[number] | 'both', number>;

/**
 * Measures the CPU of the gateway and of accounts per request, with and without logs, metrics and traces.
 *
 *   --with logs,metrics,traces --ratio 0.1 --requests 1500 --rounds 9
 *
 * Linux only. Exit code 1 if logs, metrics and traces add more than 20 % CPU.
 */
export async function run(args: string[]): Promise<void> {
  const values = readFlags({ with: 'logs,metrics,traces', ratio: 0.1, requests: 1_500, rounds: 9 }, args);
  const parts = values.with.split(',');
  const collector = createServer((req, res) => {
    req.resume().on('end', () => res.setHeader('content-type', 'application/json').end('{}'));
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: String(values.ratio) };
  const withSome = { ...without(parts), ...(parts.includes('traces') && traces) };
  await withOwnPlatform({ name: 'cost-with', tell: progress, environment: { ...withoutLimits, ...withSome } }, (on) =>
    withOwnPlatform(
      { name: 'cost-without', tell: progress, environment: { ...withoutLimits, ...without([]) } },
      async (off, signal) => {
        const sides = { on: await sideOf(on), off: await sideOf(off) };
        for (const side of Object.values(sides)) await costOf(side, warmUpRequests, signal);
        const costs: Record<keyof typeof sides, Cost[]> = { on: [], off: [] };
        for (let round = 1; round <= values.rounds; round += 1) {
          // The order alternates, so that no platform always runs second.
          const order = round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const);
          for (const which of order) costs[which].push(await costOf(sides[which], values.requests, signal));
          progress(`round ${round}: ${JSON.stringify({ with: costs.on.at(-1), without: costs.off.at(-1) })}`);
        }
        if (!judge(costs)) process.exitCode = 1;
      },
    ),
  );
  collector.close();
}

function without(kept: string[]): Record<string, string> {
  const off = ['logs', 'metrics', 'traces'].filter((part) => !kept.includes(part));
  const program = new URL('observability/switch-off.ts', import.meta.url).href;
  return off.length === 0 ? {} : { NODE_OPTIONS: `--import=${program}`, SWITCHED_OFF: off.join() };
}

async function sideOf(platform: OwnPlatform): Promise<Side> {
  const send = sendUntilServed(openHttpClient({ url: platform.url, connections: clients }).send);
  return { platform, send, customers: await Promise.all(Array.from({ length: clients }, () => openCustomer(send))) };
}

async function costOf({ platform, send, customers }: Side, requests: number, signal: AbortSignal): Promise<Cost> {
  const processes = { gateway: platform.parts.gateway, accounts: platform.parts.accounts };
  const before = cpuSeconds(processes);
  let sent = 0;
  await closedLoop(
    clients,
    () => sent >= requests || signal.aborted,
    (client) => {
      const customer = customers[client]!;
      sent += 1;
      const look = { path: `/v1/accounts/${customer.accounts[0]}`, cookie: customer.cookie() };
      return send(sent % 3 === 0 ? customer.payment() : look);
    },
  );
  signal.throwIfAborted();
  for (const url of Object.values(platform.managementUrls)) await (await fetch(`${url}/metrics`)).text();
  await delay(1_500); // include work that runs in batches after the requests
  const after = cpuSeconds(processes);
  const [gateway, accounts] = measured.map((name) => ((after[name]! - before[name]!) * 1_000) / requests);
  return { gateway: gateway!, accounts: accounts!, both: gateway! + accounts! };
}

function judge({ on, off }: Record<'on' | 'off', Cost[]>): boolean {
  const rows = ([...measured, 'both'] as const).map((process) => ({
    process,
    'ms a request': median(on.map((cost) => cost[process])).toFixed(3),
    without: median(off.map((cost) => cost[process])).toFixed(3),
    ratio: median(on.map((cost, round) => cost[process] / off[round]![process])).toFixed(3),
  }));
  console.table(rows);
  return Number(rows.at(-1)!.ratio) <= costMax;
}
