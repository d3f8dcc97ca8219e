/**
 * What observability costs: CPU of the gateway and of accounts for a request with logs, metrics and traces against the same without.
 *
 *   npm run build
 *   node proofs/src/observability-cost.ts [--with logs,metrics,traces] [--ratio 0.1] [--requests 1500] [--rounds 9]
 *
 * Two platforms of its own, one with everything and one with nothing (proofs/src/observability/switch-off.ts), are warmed up and take turns: a round sends the same requests, one payment to two
 * reads, over eight connections to one and then to the other, and reads what each process has used of the processor meanwhile. The table shows medians of the rounds.
 * Lines go to a file, metrics are scraped once a round, spans go to a collector that throws them away. Linux. Exit code 1 where the whole costs more than 1.20 times.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { withOwnPlatform } from '@mainstay/platform/start/own-platform';
import { openClient, openPeople, payment } from './people.ts';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';
import type { Client, Person } from './people.ts';
import type { AddressInfo } from 'node:net';

interface Side {
  platform: OwnPlatform;
  people: Person[];
  client: Client;
}

const { values } = parseArgs({
  options: {
    with: { type: 'string', default: 'logs,metrics,traces' },
    ratio: { type: 'string', default: '0.1' },
    requests: { type: 'string', default: '1500' },
    rounds: { type: 'string', default: '9' },
  },
});
const [requests, rounds] = [Number(values.requests), Number(values.rounds)];
const parts = values.with.split(',');
const connections = 8;
/** Requests to each side that do not count: a process that has served fewer is still compiling, and what it compiles is mostly what it has more of. */
const warmUpRequests = 10_000;
const costMax = 1.2;
const measured = ['gateway', 'accounts'] as const;

const tell = (sentence: string) => process.stderr.write(`${sentence}\n`);
const limits = { RATE_LIMIT_ANONYMOUS_MAX: '100000000', RATE_LIMIT_SESSION_MAX: '100000000' };
const without = (kept: string[]): Record<string, string> => {
  const off = ['logs', 'metrics', 'traces'].filter((part) => !kept.includes(part));
  const program = new URL('observability/switch-off.ts', import.meta.url).href;
  return off.length === 0 ? {} : { NODE_OPTIONS: `--import=${program}`, SWITCHED_OFF: off.join() };
};

const collector = createServer((req, res) => {
  req.resume().on('end', () => res.setHeader('content-type', 'application/json').end('{}'));
});
await new Promise((resolve) => collector.listen(0, '127.0.0.1', () => resolve(undefined)));
const { port } = collector.address() as AddressInfo;
const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_TRACES_SAMPLER_ARG: values.ratio };
const withAll: Record<string, string> = { ...limits, ...without(parts), ...(parts.includes('traces') && traces) };
const withNone = { ...limits, ...without([]) };

process.exitCode = await withOwnPlatform({ name: 'cost-with', tell, environment: withAll }, (on) =>
  withOwnPlatform({ name: 'cost-without', tell, environment: withNone }, async (off, signal) => {
    const sides = { on: await sideOf(on), off: await sideOf(off) };
    const warmUps = Math.ceil(warmUpRequests / requests);
    for (let round = 0; round < warmUps; round += 1) for (const side of Object.values(sides)) await run(side, signal);
    const costs: Record<'on' | 'off', Record<string, number>[]> = { on: [], off: [] };
    for (let round = 1; round <= rounds; round += 1) {
      // Who begins changes, so that neither always meets the machine as the other left it.
      const order = round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const);
      for (const which of order) costs[which].push(await run(sides[which], signal));
      tell(`round ${round}: ${measured.map((name) => `${name} ${describe(costs, name)}`).join(', ')}`);
    }
    return judge(costs) ? 0 : 1;
  }),
);
collector.close();

async function sideOf(platform: OwnPlatform): Promise<Side> {
  const client = openClient(platform.url, connections);
  return { platform, client, people: await openPeople(client, connections) };
}

/**
 * One round, unless Ctrl-C ends it.
 * @returns milliseconds of CPU a request, by service
 */
async function run(side: Side, signal: AbortSignal): Promise<Record<string, number>> {
  const before = cpuOf(side);
  let sent = 0;
  await Promise.all(
    side.people.map(async (person) => {
      const { cookie, from } = person;
      while (sent < requests) {
        signal.throwIfAborted();
        sent += 1;
        const look = { method: 'GET', path: `/v1/accounts/${from}`, cookie };
        await side.client.askUntilServed(sent % 3 === 0 ? payment(person) : look);
      }
    }),
  );
  for (const url of Object.values(side.platform.managementUrls)) await (await fetch(`${url}/metrics`)).text();
  // What is done in batches belongs to the round.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const after = cpuOf(side);
  return Object.fromEntries(measured.map((name) => [name, ((after[name] ?? 0) - (before[name] ?? 0)) / requests]));
}

/** @returns milliseconds, of all threads, since each process began */
function cpuOf({ platform }: Side): Record<string, number> {
  return Object.fromEntries(
    measured.map((name) => {
      const text = readFileSync(`/proc/${platform.parts[name].pid()}/stat`, 'utf8');
      // The name in brackets may hold blanks; utime and stime are the 12th and 13th field after it, in hundredths of a second.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return [name, (Number(fields[11]) + Number(fields[12])) * 10];
    }),
  );
}

function describe({ on, off }: Record<'on' | 'off', Record<string, number>[]>, name: string) {
  return `${(on.at(-1)?.[name] ?? 0).toFixed(2)} ms against ${(off.at(-1)?.[name] ?? 0).toFixed(2)} ms`;
}

function judge({ on, off }: Record<'on' | 'off', Record<string, number>[]>) {
  const medianOf = (rounds: Record<string, number>[], read: (cost: Record<string, number>) => number) =>
    median(rounds.map(read));
  const row = (label: string, read: (cost: Record<string, number>) => number) => ({
    process: label,
    [`ms a request with ${values.with}`]: medianOf(on, read).toFixed(3),
    without: medianOf(off, read).toFixed(3),
    ratio: median(on.map((cost, round) => read(cost) / read(off[round] ?? cost))).toFixed(3),
  });
  const rows = [
    ...measured.map((name) => row(name, (cost) => cost[name] ?? 0)),
    row('both', (cost) => measured.reduce((sum, name) => sum + (cost[name] ?? 0), 0)),
  ];
  console.table(rows);
  return Number(rows.at(-1)?.ratio) <= costMax;
}

function median(numbers: number[]) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? NaN) + upper) / 2 : upper;
}
