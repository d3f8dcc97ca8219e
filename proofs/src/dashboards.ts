/**
 * Asks a Prometheus for everything that Grafana's dashboards ask for, and prints a table. Exit code 1 where a panel has no data, or its query fails.
 *
 *   node bootstrap.mjs proofs/src/dashboards.ts                           on a platform and a Prometheus of its own, under traffic
 *   node bootstrap.mjs proofs/src/dashboards.ts http://127.0.0.1:9090     a Prometheus that scrapes a platform under traffic
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from '@mainstay/platform/start/install';
import { withOwnPlatform } from '@mainstay/platform/start/own-platform';
import { progress, Refusal, runCommand } from '@mainstay/platform/terminal';
import { checkPanels } from './dashboards/check-panels.ts';
import { startPrometheus } from './drills/prometheus.ts';
import { startTraffic } from './traffic/traffic.ts';

/** Until rates over a minute, and what is recorded of them, have a value. */
const TRAFFIC_MS = 90_000;
const DIVISOR = 60;

await runCommand(async () => {
  const [url] = process.argv.slice(2);
  if (url !== undefined && !URL.canParse(url)) throw new Refusal(`${url} is not the address of a Prometheus.`);

  return (await (url === undefined ? checkOnOwnPlatform() : checkPanels(url))) ? 0 : 1;
});

async function checkOnOwnPlatform() {
  await build();
  return withOwnPlatform({ name: 'dashboards', tell: progress }, async (platform, signal) => {
    const ending = new AbortController();
    const peopleFile = join(platform.directory, 'people.json');
    const options = { url: platform.url, rate: 10, people: 10, feeds: 3, peopleFile };
    const prometheus = await startPrometheus({ platform, divisor: DIVISOR, jobs: [] });
    try {
      const traffic = await startTraffic({ ...options, signal: AbortSignal.any([signal, ending.signal]) });
      progress(`Traffic for ${TRAFFIC_MS / 1_000} s`);
      await delay(TRAFFIC_MS, undefined, { signal });
      const isWell = await checkPanels(prometheus.url);
      ending.abort();
      await traffic.done;
      return isWell;
    } finally {
      await prometheus.stop();
    }
  });
}
