/**
 * The log store is killed under load and stays away for a while: what that does to the services' memory, to their lines, and to the requests that they serve.
 *
 *   npm run build
 *   node proofs/src/log-store-outage.ts --store /usr/share/elasticsearch/bin/elasticsearch [--url http://127.0.0.1:9200] [--minutes 10] [--rate 60] [--calm 60]
 *
 * A platform of its own ships every line to an Elasticsearch that the command behind --store runs in the foreground, without log-in, at that address. There is load all the time, --rate requests a
 * second: for --calm seconds, then the store gets SIGKILL, --minutes later it is started again, and --calm seconds after nothing waits any more the load ends. Linux. Exit code 1 where a
 * request was not served in the end, where a process took over 150 MB more than before, or where a line of stdout was neither shipped nor counted as dropped.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { demand } from '@mainstay/platform/logs/log-store';
import { setUpElasticsearch } from '@mainstay/platform/logs/set-up-log-store';
import { withOwnPlatform } from '@mainstay/platform/start/own-platform';
import { serviceNames as services } from '@mainstay/platform/services';
import { startSteadyLoad } from './log-store/steady-load.ts';
import { openStoreProcess } from './log-store/store-process.ts';
import { countLines, figuresOf, watchMemory } from './log-store/watch-process.ts';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';
import type { ServiceName } from '@mainstay/platform/services';
import type { LoadCounts } from './log-store/steady-load.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    url: { type: 'string', default: 'http://127.0.0.1:9200' },
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '60' },
    calm: { type: 'string', default: '60' },
  },
});
if (values.store === undefined) throw new Error('--store is missing: the command that runs Elasticsearch');
const memoryMaxMb = 150;
const calmMs = Number(values.calm) * 1_000;
const stream = `logs-mainstay-outage-${Date.now()}`;
const startedAtMs = performance.now();
const tell = (sentence: string) =>
  void process.stderr.write(`${((performance.now() - startedAtMs) / 1_000).toFixed(0).padStart(5)} s  ${sentence}\n`);

const environment = {
  ELASTICSEARCH_URL: values.url,
  LOG_STREAM: stream,
  LOG_LEVEL: 'info',
  LOG_SHIP_LEVEL: 'info',
  RATE_LIMIT_ANONYMOUS_MAX: '100000000',
  RATE_LIMIT_SESSION_MAX: '100000000',
};
const store = openStoreProcess({ command: values.store, url: values.url });
try {
  await store.start();
  tell('the log store answers');
  await setUpElasticsearch({ url: values.url }, { stream, retention: '1d', say: tell });
  process.exitCode = await withOwnPlatform({ name: 'outage', tell, environment }, run);
} finally {
  await store.kill();
}

/** @returns the exit code */
async function run(platform: OwnPlatform, signal: AbortSignal): Promise<number> {
  const watches = services.map((name) => ({ name, memory: watchMemory(() => platform.parts[name].pid() ?? 0) }));
  const load = await startSteadyLoad(platform.url, Number(values.rate));
  const wait = (ms: number) => delay(ms, undefined, { signal });
  await wait(calmMs);
  const killedMs = performance.now();
  tell(`${load.counts.sent} requests sent; the log store is killed`);
  await store.kill();
  await wait(Number(values.minutes) * 60_000);
  for (const name of services) tell(`${name}: ${JSON.stringify(await figuresOf(platform.managementUrls[name]))}`);
  tell('the log store is started');
  await store.start();
  const backMs = performance.now();
  tell('the log store answers');
  const recovered = Object.fromEntries(
    await Promise.all(services.map(async (name) => [name, (await whenNothingWaits(platform, name)) - backMs])),
  );
  const calmAgainMs = performance.now();
  await wait(calmMs);
  await load.stop();
  const endMs = performance.now();
  const rows = [];
  for (const { name, memory } of watches) {
    await whenNothingWaits(platform, name);
    memory.stop();
    const before = memory.peakMb(killedMs - calmMs / 2, killedMs);
    rows.push({
      process: name,
      'MB before': before,
      'MB at most while away': memory.peakMb(killedMs, backMs),
      'MB at most after': memory.peakMb(backMs, endMs),
      'MB in the last calm': memory.peakMb(calmAgainMs, endMs),
      ...(await linesOf(platform, name)),
      'nothing waited after, s': recovered[name] / 1_000,
    });
  }
  return judge(rows, load.counts);
}

/** The moment at which a process has nothing left to ship but what it writes just now. */
async function whenNothingWaits({ managementUrls }: OwnPlatform, name: ServiceName) {
  // Under load those of the last seconds wait for the next request to the store.
  const fewLines = 5 * Number(values.rate);
  while ((await figuresOf(managementUrls[name])).waiting > fewLines) await delay(250);
  return performance.now();
}

/** At rest. */
async function linesOf({ directory, managementUrls, parts }: OwnPlatform, name: ServiceName) {
  for (;;) {
    const before = await countLines(join(directory, 'logs', `${name}.log`));
    const { shipped, dropped, waiting } = await figuresOf(managementUrls[name]);
    const lines = await countLines(join(directory, 'logs', `${name}.log`));
    if (waiting > 0 || lines !== before) {
      await delay(250);
      continue;
    }
    await demand({ url: values.url }, 'POST', `/${stream}/_refresh`);
    const instance = `*-${parts[name].pid()}`;
    const query = { bool: { filter: [{ term: { service: name } }, { wildcard: { instance } }] } };
    const { count } = await demand({ url: values.url }, 'POST', `/${stream}/_count`, { json: { query } });
    return { 'lines on stdout': lines, shipped, dropped, 'in the store': count };
  }
}

function judge(rows: Record<string, any>[], { sent, served, refused, lost }: LoadCounts) {
  console.table(
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, typeof value === 'number' ? Math.round(value) : value]),
      ),
    ),
  );
  console.log(`${sent} requests, ${served} of them served, ${refused} refused with 503 for the moment and sent again`);
  const failures = [
    ...lost,
    ...rows.flatMap((row) => {
      const grownMb = Math.max(row['MB at most while away'], row['MB at most after']) - row['MB before'];
      const unaccounted = row['lines on stdout'] - row.shipped - row.dropped;
      return [
        ...(grownMb <= memoryMaxMb ? [] : [`${row.process} took ${Math.round(grownMb)} MB more`]),
        ...(unaccounted === 0 ? [] : [`${row.process}: ${unaccounted} lines are neither shipped nor dropped`]),
        ...(row.shipped === row['in the store'] ? [] : [`${row.process}: what it shipped is not what the store has`]),
      ];
    }),
  ];
  for (const failure of failures) console.error(failure);
  return failures.length === 0 ? 0 : 1;
}
