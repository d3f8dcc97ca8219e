// @ts-check
/**
 * Are requests counted exactly, whatever becomes of the workers that count them? PM2 runs the gateway in several; clients send so many requests on connections that they keep, while all workers are
 * reloaded and some killed, and at the end /metrics must say what the clients counted.
 *
 *   npm run build
 *   node bench/count-requests.mjs [--requests 100000] [--reloads 2] [--kills 1] [--connections 8] [--workers 2]
 *
 * A killed worker (kill -9) takes with it what it had counted and not handed over: it hands over every second, and whenever somebody scrapes. How much that can be is known from the connections that broke with it.
 * Exit code 1 where more is missing, where anything is missing without a kill, where there is more than was sent, or where the counter went back at any scrape.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Refusal, progress, runCommand } from '../scripts/platform/terminal.mjs';
import { withOwnStores } from '../scripts/platform/own-platform.mjs';
import { lastHandedOver, mostLostBy } from './count-requests/killed-worker.mjs';
import { startSteadyClient } from './count-requests/steady-client.mjs';
import { findPm2, startPm2 } from './zero-loss/pm2-platform.mjs';

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
/** Always served, by one handler, without a store. */
const path = '/healthz';
const scrapeEveryMs = 2_000;
/** What was answered is counted a moment later. */
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

/**
 * @param {import('./zero-loss/pm2-platform.mjs').Pm2Platform} platform
 * @param {{ page: string, metricsDirectory: string, signal: AbortSignal }} options
 */
async function run(platform, { page, metricsDirectory, signal }) {
  const before = await countOn(page);
  const client = startSteadyClient({ url: platform.url, path, connections: Number(values.connections), requests });
  const { tally } = client;
  progress(`${requests} requests on ${values.connections} connections to ${values.workers} workers`);
  const scrapes = watchPage(page, before);
  /** @type {{ most: number }[]} */
  const deaths = [];
  const plan = [...Array(Number(values.reloads)).fill('reload'), ...Array(Number(values.kills)).fill('kill')];
  const startedMs = performance.now();
  for (const [at, what] of plan.entries()) {
    // Spread over the whole run.
    const due = (requests * (at + 0.5)) / plan.length;
    while (tally.answered < due) await delay(100, undefined, { signal });
    if (what === 'reload') await platform.reload({});
    else deaths.push(await kill(platform, { client, metricsDirectory }));
    progress(`${what}: ${tally.answered} answered`);
  }
  await client.finished;
  const seconds = (performance.now() - startedMs) / 1_000;
  const problems = await scrapes.stop();
  let counted = (await countOn(page)) - before;
  for (const endMs = performance.now() + settlingMs; counted < tally.answered && performance.now() < endMs;) {
    await delay(250);
    counted = (await countOn(page)) - before;
  }
  return judge({ tally, counted, deaths, problems, scrapes: scrapes.count(), seconds });
}

/**
 * @param {import('./zero-loss/pm2-platform.mjs').Pm2Platform} platform
 * @param {{ client: ReturnType<typeof startSteadyClient>, metricsDirectory: string }} options
 */
async function kill(platform, { client, metricsDirectory }) {
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
  return { most };
}

/** Scrapes all the time, as Prometheus would. @param {string} page @param {number} first */
function watchPage(page, first) {
  /** @type {string[]} */
  const problems = [];
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

/** Requests for the path that the page has counted. @param {string} page */
async function countOn(page) {
  const reply = await fetch(page, { signal: AbortSignal.timeout(10_000) });
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`${page} was answered with ${reply.status}`);
  return [...text.matchAll(/^http_request_duration_seconds_count\{[^}]*route="\/healthz"[^}]*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/**
 * @param {{ tally: import('./count-requests/steady-client.mjs').Tally, counted: number, deaths: { most: number }[], problems: string[], scrapes: number, seconds: number }} result
 * @returns {number} the exit code
 */
function judge({ tally, counted, deaths, problems, scrapes, seconds }) {
  const missing = tally.answered - counted;
  const most = deaths.reduce((sum, death) => sum + death.most, 0);
  console.table({
    'requests answered': tally.answered,
    'counted on /metrics': counted,
    missing,
    'killed workers can have taken at most': most,
    'requests without an answer': tally.unanswered,
    'scrapes, each no lower than the last': scrapes,
    seconds: Math.round(seconds),
  });
  if (missing > most) problems.push(`${missing} are missing, and no kill accounts for more than ${most}`);
  if (counted > tally.sent) problems.push(`${counted} were counted, and only ${tally.sent} sent`);
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}
