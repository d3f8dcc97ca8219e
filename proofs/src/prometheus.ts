import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@mainstay/platform/processes/ports';
import { findOnPath } from '@mainstay/platform/processes/programs';
import { Refusal } from '@mainstay/platform/terminal';
import { until } from './until.ts';

interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: string;
}
export type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

/** Scrapes each service of a platform by its management address. */
export function jobOf(managementUrls: Record<string, string>): object {
  const targets = Object.entries(managementUrls).map(([service, url]) => ({
    targets: [new URL(url).host],
    labels: { service },
  }));
  return { job_name: 'mainstay', static_configs: targets };
}

/**
 * Starts the installed Prometheus. Its files are in `prometheus/` in the directory, its log in `logs/`.
 * @param jobs scrape configurations
 * @param rules text of a rule file
 * @throws Refusal if Prometheus is not installed
 */
export async function startPrometheus(
  directory: string,
  { jobs, rules, every = '2s' }: { jobs: object[]; rules?: string; every?: string },
) {
  const program = await findOnPath('prometheus');
  if (program === undefined) throw new Refusal('prometheus is not on the PATH. On Debian: apt-get install prometheus');
  const folder = join(directory, 'prometheus');
  await mkdir(folder);
  const global = { scrape_interval: every, scrape_timeout: every, evaluation_interval: '1s' };
  const configuration = { global, rule_files: rules === undefined ? [] : ['rules.yml'], scrape_configs: jobs };
  if (rules !== undefined) await writeFile(join(folder, 'rules.yml'), rules);
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configuration)); // JSON is YAML
  const url = `http://127.0.0.1:${await freePort()}`;
  const log = openSync(join(directory, 'logs/prometheus.log'), 'a');
  const args = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
  const child = spawn(program, [...args, `--web.listen-address=${new URL(url).host}`, '--log.level=warn'], {
    stdio: ['ignore', log, log],
    detached: true, // so that Ctrl-C reaches it only through this process
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
    /** Whether all targets have been scraped. */
    async isScraping() {
      const { activeTargets } = (await ask('targets?state=active')) as { activeTargets: { health: string }[] };
      return activeTargets.length > 0 && activeTargets.every(({ health }) => health === 'up');
    },
    firing,
    /** Finds a firing alert by name and, if given, by service. */
    find: async (name: string, service?: string) =>
      (await firing()).find(({ labels }) => labels.alertname === name && (!service || labels.service === service)),
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
