/**
 * Are requests counted exactly, whatever becomes of the workers that count them? PM2 runs the gateway in several; clients send so many requests on connections that they keep, nine in ten of them while all workers are
 * reloaded, the others while some are killed; after each of the two, /metrics must say what the clients counted.
 *
 *   npm run build
 *   node proofs/src/count-requests.ts [--requests 100000] [--reloads 2] [--kills 1] [--connections 8] [--workers 2]
 *
 * A killed worker (kill -9) takes with it what it had counted and not handed over: it hands over every second, and whenever somebody scrapes. How much that can be is known from the connections that broke with it.
 * Exit code 1 where more is missing, where anything is missing without a kill, where more was counted than sent, or where a scrape showed less than the one before.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Refusal, progress, runCommand } from '@mainstay/platform/terminal';
import { withOwnStores } from '@mainstay/platform/start/own-platform';
import { lastHandedOver, mostLostBy } from './count-requests/killed-worker.ts';
import { startSteadyClient } from './count-requests/steady-client.ts';
import { findPm2, startPm2 } from './zero-loss/pm2-platform.ts';
import type { Pm2Platform } from './zero-loss/pm2-platform.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    reloads: { type: 'string', default: '2' },
    kills: { type: 'string', default: '1' },
    connections: { type: 'string', default: '8' },
    workers: { type: 'string', default: '2' },
  },
});
const requests = Number(values.requests);
/** Always served, by one handler, without a store; health checks are not counted. */
const path = '/docs/init.js';
const scrapeEveryMs = 2_000;
/** Longest that a reply may be counted after its client had it. */
const settlingMs = 5_000;

await runCommand(() => {
  if (!findPm2()) throw new Refusal('PM2 is not installed: npm ci installs it.');
  return withOwnStores({ name: 'count', tell: () => undefined }, async (stores) => {
    progress('PM2 starts the services');
    const platform = await startPm2(stores, {
      instances: [Number(values.workers), 1, 1],
      isDeployed: false,
      environment: { LOG_LEVEL: 'warn', NODE_CLUSTER_SCHED_POLICY: 'none' },
    });
    const { managementPort } = stores.settings.ports.gateway;
    return run(platform, {
      page: `http://127.0.0.1:${managementPort}/metrics`,
      metricsDirectory: join(stores.directory, 'pm2', 'metrics', 'gateway'),
      signal: stores.shutdown.signal,
    });
  });
});

interface Row {
  while: string;
  answered: number;
  counted: number;
  missing: number;
  'a kill can account for': number;
  'without an answer': number;
  seconds: number;
}

/** @returns the exit code */
async function run(
  platform: Pm2Platform,
  options: { page: string; metricsDirectory: string; signal: AbortSignal },
): Promise<number> {
  const scrapes = watchPage(options.page, await countOn(options.page));
  const ofReloads = Math.round(requests * 0.9);
  const rows = [
    await phase(platform, options, { what: 'reload', times: Number(values.reloads), share: ofReloads }),
    await phase(platform, options, { what: 'kill', times: Number(values.kills), share: requests - ofReloads }),
  ];
  const problems = await scrapes.stop();
  console.table(rows);
  console.log(`${scrapes.count()} scrapes meanwhile, of which ${problems.length} showed less than the one before`);
  for (const row of rows) {
    const { missing, answered, counted } = row;
    if (missing > row['a kill can account for'])
      problems.push(`while ${row.while}: ${missing} of ${answered} are missing`);
    if (counted > answered + row['without an answer'])
      problems.push(`while ${row.while}: ${counted} counted, ${answered} answered`);
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

/** Its share of the requests, with the disturbance so many times among them. */
async function phase(
  platform: Pm2Platform,
  { page, metricsDirectory, signal }: { page: string; metricsDirectory: string; signal: AbortSignal },
  { what, times, share }: { what: 'reload' | 'kill'; times: number; share: number },
): Promise<Row> {
  const before = await countOn(page);
  const startedMs = performance.now();
  const client = startSteadyClient({
    url: platform.url,
    path,
    connections: Number(values.connections),
    requests: share,
  });
  const { tally } = client;
  let most = 0;
  for (let done = 0; done < times; done += 1) {
    while (tally.answered < (share * (done + 0.5)) / times) await delay(50, undefined, { signal });
    if (what === 'reload') await platform.reload({});
    else most += await kill(platform, { client, metricsDirectory });
    progress(`${what} ${done + 1} of ${times}: ${tally.answered} of ${share} answered`);
  }
  await client.finished;
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const counted = (await settled(page, before + tally.answered)) - before;
  return {
    while: what === 'reload' ? `${times} reloads of all workers` : `${times} workers killed`,
    answered: tally.answered,
    counted,
    missing: tally.answered - counted,
    'a kill can account for': most,
    'without an answer': tally.unanswered,
    seconds,
  };
}

/** What was answered is counted a moment later. */
async function settled(page: string, expected: number) {
  const endMs = performance.now() + settlingMs;
  let counted = await countOn(page);
  while (counted < expected && performance.now() < endMs) {
    await delay(250);
    counted = await countOn(page);
  }
  return counted;
}

async function kill(
  platform: Pm2Platform,
  { client, metricsDirectory }: { client: ReturnType<typeof startSteadyClient>; metricsDirectory: string },
) {
  const workers = (await platform.workers()).filter(({ name, isOnline }) => name === 'gateway' && isOnline);
  const worker = workers[Math.floor(Math.random() * workers.length)];
  if (!worker) throw new Error('no worker of the gateway is there');
  const handedOverMs = await lastHandedOver(metricsDirectory, worker.pid);
  const killedMs = Date.now();
  const back = platform.kill(worker);
  // Its connections break at once; later they would have been forgotten.
  await delay(1_000);
  const most = mostLostBy(client.lines, { handedOverMs, killedMs });
  await back;
  return most;
}

/** Scrapes all the time, as Prometheus would. */
function watchPage(page: string, first: number) {
  const problems: string[] = [];
  let last = first;
  let count = 0;
  let isStopped = false;
  const watching = (async () => {
    while (!isStopped) {
      await delay(scrapeEveryMs);
      // Nobody may listen in the moment after a kill.
      const counted = await countOn(page).catch(() => undefined);
      if (counted === undefined) continue;
      count += 1;
      if (counted < last) problems.push(`the counter went back from ${last} to ${counted}`);
      last = counted;
    }
  })();
  return {
    count: () => count,
    async stop() {
      isStopped = true;
      await watching;
      return problems;
    },
  };
}

/** Requests for the path that the page has counted. */
async function countOn(page: string) {
  const reply = await fetch(page, { signal: AbortSignal.timeout(10_000) });
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`${page} was answered with ${reply.status}`);
  const counters = [...text.matchAll(/^http_request_duration_seconds_count\{([^}]*)\} (\d+)$/gm)];
  return counters
    .filter(([, labels = '']) => labels.includes(`route="${path}"`))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}
