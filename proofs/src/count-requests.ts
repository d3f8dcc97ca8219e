/**
 * Are requests counted exactly while the workers that count them are reloaded and killed? PM2 runs the gateway in several workers. Clients send requests on
 * kept connections, nine in ten while all workers are reloaded, the others while some are killed. After each of the two, /metrics must say what the clients counted.
 *
 *   npm run build
 *   node proofs/src/count-requests.ts [--requests 100000] [--reloads 2] [--kills 1] [--connections 8] [--workers 2]
 *
 * A worker hands over its counts every second, and at each scrape. A killed worker (kill -9) loses what it counted since: at most what the clients got in the last
 * second, and one request on each connection.
 * Exit code 1 if more is missing, if anything is missing without a kill, if more was counted than sent, or if a scrape showed less than the one before.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { withOwnStores } from '@mainstay/platform/start/own-platform';
import { progress, runCommand } from '@mainstay/platform/terminal';
import { openHttpClient } from './clients/http-client.ts';
import { closedLoop } from './clients/load.ts';
import { until } from './until.ts';
import { startPm2, type Pm2Platform } from './zero-loss/pm2-platform.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    reloads: { type: 'string', default: '2' },
    kills: { type: 'string', default: '1' },
    connections: { type: 'string', default: '8' },
    workers: { type: 'string', default: '2' },
  },
});
const [requests, connections] = [Number(values.requests), Number(values.connections)];
/** Always served, by one handler, without a store. Health checks are not counted. */
const path = '/docs/init.js';
const scrapeEveryMs = 2_000;
/** A reply may be counted so long after its client had it. */
const settlingMs = 5_000;
/** A worker hands over every second, and writing takes a moment. */
const unsharedMs = 1_500;

await runCommand(() =>
  withOwnStores({ name: 'count', tell: () => undefined }, async (stores) => {
    progress('PM2 starts the services');
    const platform = await startPm2(stores, {
      instances: [Number(values.workers), 1, 1],
      environment: { LOG_LEVEL: 'warn', NODE_CLUSTER_SCHED_POLICY: 'none' },
    });
    const page = `http://127.0.0.1:${stores.settings.ports.gateway.managementPort}/metrics`;
    const scrapes = watchPage(page);
    const ofReloads = Math.round(requests * 0.9);
    const reload = () => platform.reload({});
    const rows = [
      await phase(platform.url, page, {
        what: 'reload',
        times: Number(values.reloads),
        share: ofReloads,
        make: reload,
      }),
      await phase(platform.url, page, {
        what: 'kill',
        times: Number(values.kills),
        share: requests - ofReloads,
        make: () => kill(platform),
      }),
    ];
    const problems = await scrapes.stop();
    console.table(rows);
    for (const { during, missing, answered, counted, unanswered, ...row } of rows) {
      if (missing > row['a kill can account for']) problems.push(`${during}: ${missing} of ${answered} are missing`);
      if (counted > answered + unanswered) problems.push(`${during}: ${counted} counted, ${answered} answered`);
    }
    for (const problem of problems) console.error(problem);
    return problems.length === 0 ? 0 : 1;
  }),
);

interface Phase {
  what: 'reload' | 'kill';
  times: number;
  /** Requests to send. */
  share: number;
  make: () => Promise<unknown>;
}

/** Sends a share of the requests, and makes the disturbance so many times meanwhile. */
async function phase(url: string, page: string, { what, times, share, make }: Phase) {
  const { send, close } = openHttpClient({ url, connections });
  const before = await countOn(page);
  const startedMs = performance.now();
  let [answered, unanswered, accounted] = [0, 0, 0];
  let latelyMs: number[] = [];
  const sending = closedLoop(
    connections,
    () => answered >= share,
    async () => {
      const reply = await send({ path }).catch(() => undefined);
      if (reply === undefined) {
        unanswered += 1;
        return delay(50);
      }
      answered += 1;
      latelyMs.push(performance.now());
      if (latelyMs.length % 1_000 === 0) latelyMs = latelyMs.filter((atMs) => atMs > performance.now() - unsharedMs);
    },
  );
  for (let done = 0; done < times; done += 1) {
    await until('requests are answered', async () => answered >= (share * (done + 0.5)) / times, { everyMs: 50 });
    if (what === 'kill')
      accounted += latelyMs.filter((atMs) => atMs > performance.now() - unsharedMs).length + connections;
    await make();
    progress(`${what} ${done + 1} of ${times}: ${answered} of ${share} answered`);
  }
  await sending;
  close();
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const isCounted = async () => (await countOn(page)) - before >= answered;
  await until('all is counted', isCounted, { timeoutMs: settlingMs }).catch(() => undefined);
  const counted = (await countOn(page)) - before;
  const missing = answered - counted;
  return {
    during: `${times} × ${what}`,
    answered,
    counted,
    missing,
    'a kill can account for': accounted,
    unanswered,
    seconds,
  };
}

async function kill(platform: Pm2Platform): Promise<void> {
  const workers = (await platform.workers()).filter(({ name, isOnline }) => name === 'gateway' && isOnline);
  await platform.kill(workers[Math.floor(Math.random() * workers.length)]!);
}

/** Scrapes all the time, as Prometheus would. */
function watchPage(page: string) {
  const problems: string[] = [];
  let [last, isStopped] = [0, false];
  const watching = closedLoop(
    1,
    () => isStopped,
    async () => {
      await delay(scrapeEveryMs);
      const counted = await countOn(page).catch(() => last); // in the moment after a kill there may be no answer
      if (counted < last) problems.push(`the counter went back from ${last} to ${counted}`);
      last = counted;
    },
  );
  return {
    async stop() {
      isStopped = true;
      await watching;
      return problems;
    },
  };
}

/** Requests for the path that the page has counted. */
async function countOn(page: string): Promise<number> {
  const reply = await fetch(page, { signal: AbortSignal.timeout(10_000) });
  if (reply.status !== 200) throw new Error(`${page} was answered with ${reply.status}`);
  const counters = (await reply.text()).matchAll(/^http_request_duration_seconds_count\{([^}]*)\} (\d+)$/gm);
  const ours = [...counters].filter(([, labels = '']) => labels.includes(`route="${path}"`));
  return ours.reduce((sum, [, , count]) => sum + Number(count), 0);
}
