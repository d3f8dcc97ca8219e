import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@mainstay/platform/processes/ports';
import { findOnPath } from '@mainstay/platform/processes/programs';
import { withOwnPlatform, type OwnPlatform } from './own-platform.ts';
import { Refusal } from '@mainstay/platform/terminal';
import { ruleFile } from '../../monitoring/src/rules.ts';
import { withoutLimits } from './limits.ts';
import { startTraffic } from './traffic/traffic.ts';
import { until } from '@mainstay/platform/until';

interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: string;
}
type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

/** All times of the rules are divided by this number: an hour is a minute. */
const DIVISOR = 60;

interface Watched {
  name: string;
  environment?: Record<string, string> | undefined;
  jobs?: object[] | undefined;
}
export interface World {
  platform: OwnPlatform;
  prometheus: Prometheus;
  signal: AbortSignal;
}

/** Runs `work` on a temporary platform under traffic, with a Prometheus that has the platform's rules. */
export function withWatchedPlatform<Result>(
  { name, environment = {}, jobs = [] }: Watched,
  work: (world: World) => Promise<Result>,
): Promise<Result> {
  const options = { name, tell: () => undefined, environment: { ...withoutLimits, ...environment } };
  return withOwnPlatform(options, async (platform, signal) => {
    const ending = new AbortController();
    const isOver = AbortSignal.any([signal, ending.signal]);
    const targets = Object.entries(platform.managementUrls).map(([service, url]) => ({
      targets: [new URL(url).host],
      labels: { service },
    }));
    const services = { job_name: 'mainstay', static_configs: targets };
    const prometheus = await startPrometheus(platform.directory, [services, ...jobs]);
    try {
      const traffic = await startTraffic({ url: platform.url, rate: 10, people: 10, feeds: 3, signal: isOver });
      try {
        return await work({ platform, prometheus, signal });
      } finally {
        ending.abort();
        await traffic.done;
      }
    } finally {
      await prometheus.stop();
    }
  });
}

/** Files are in `prometheus/`, and the log is in `logs/`. @throws Refusal if Prometheus is not installed */
async function startPrometheus(directory: string, jobs: object[]) {
  const program = await findOnPath('prometheus');
  if (program === undefined) throw new Refusal('prometheus is not on the PATH. On Debian: apt-get install prometheus');
  const folder = join(directory, 'prometheus');
  await mkdir(folder);
  const global = { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' };
  const configuration = { global, rule_files: ['rules.yml'], scrape_configs: jobs };
  await writeFile(join(folder, 'rules.yml'), ruleFile(DIVISOR));
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configuration)); // JSON is valid YAML
  const url = `http://127.0.0.1:${await freePort()}`;
  const log = openSync(join(directory, 'logs/prometheus.log'), 'a');
  const args = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
  const child = spawn(program, [...args, `--web.listen-address=${new URL(url).host}`, '--log.level=warn'], {
    stdio: ['ignore', log, log],
    detached: true, // Ctrl-C reaches only this process, which stops Prometheus
  });
  const gone = once(child, 'exit');
  await until('Prometheus answers', async () => {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok;
  });

  async function ask(path: string): Promise<any> {
    const reply = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    return ((await reply.json()) as { data: any }).data;
  }
  const firing = async () => ((await ask('alerts')).alerts as Alert[]).filter(({ state }) => state === 'firing');

  return {
    url,
    async isScraping() {
      const { activeTargets } = (await ask('targets?state=active')) as { activeTargets: { health: string }[] };
      return activeTargets.length > 0 && activeTargets.every(({ health }) => health === 'up');
    },
    firing,
    find: async (name: string, service?: string) =>
      (await firing()).find(({ labels }) => labels.alertname === name && (!service || labels.service === service)),
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
