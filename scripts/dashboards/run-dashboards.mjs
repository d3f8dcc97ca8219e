// @ts-check
import { join } from 'node:path';
import { startPrometheus } from '../drills/prometheus.mjs';
import { withOwnPlatform } from '../../platform/src/start/own-platform.ts';
import { build } from '../../platform/src/start/install.ts';
import { progress, Refusal, runCommand } from '../../platform/src/terminal.ts';
import { writeFiles } from '../../platform/src/generate/write-files.ts';
import { startTraffic } from '../traffic/traffic.mjs';
import { checkPanels } from './check-panels.mjs';

/** Until rates over a minute, and what is recorded of them, have something to say. */
const TRAFFIC_MS = 90_000;
const DIVISOR = 60;

/** @param {string[]} args */
export function runDashboards(args) {
  return runCommand(async () => {
    const [order, url] = args;
    if ((order !== undefined && order !== '--check') || args.length > 2) {
      throw new Refusal('It takes nothing, or --check with the address of a Prometheus or without one.');
    }
    await build('monitoring');
    if (order === undefined) return write();
    if (url !== undefined && !URL.canParse(url)) throw new Refusal(`${url} is no address of a Prometheus.`);
    return (await (url === undefined ? checkOnOwnPlatform() : checkPanels(url))) ? 0 : 1;
  });
}

async function write() {
  const { dashboardFiles } = await import('../../monitoring/dist/dashboards.js');
  await writeFiles(dashboardFiles());
}

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
      await new Promise((resolve) => setTimeout(resolve, TRAFFIC_MS));
      const isWell = await checkPanels(prometheus.url);
      ending.abort();
      await traffic.done;
      return isWell;
    } finally {
      await prometheus.stop();
    }
  });
}
