import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@mainstay/platform/processes/ports';
import { findOnPath } from '@mainstay/platform/processes/programs';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';

const SCRAPE_EVERY = '2s';

export type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;
interface FiringAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: string;
}

/** A Prometheus of its own beside a platform, with the platform's own rules, their times divided. Its data is gone with the platform's directory. */
export async function startPrometheus({
  platform,
  divisor,
  jobs,
}: {
  platform: OwnPlatform;
  divisor: number;
  /** scrape configurations beside those of the services */
  jobs: object[];
}) {
  const { ruleFile } = await import('../../../monitoring/src/rules.ts');
  const folder = join(platform.directory, 'prometheus');
  const port = await freePort();
  await mkdir(folder);
  await writeFile(join(folder, 'rules.yml'), ruleFile(divisor));
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configurationOf(platform.managementUrls, jobs)));
  const log = openSync(join(platform.directory, 'logs/prometheus.log'), 'a');
  const child = spawn(
    (await findOnPath('prometheus')) ?? 'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', log, log] },
  );
  const gone = once(child, 'exit');

  async function ask(path: string): Promise<any> {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    const { data } = (await reply.json()) as { data: any };
    return data;
  }

  const alerts = async (): Promise<FiringAlert[]> =>
    (await ask('alerts')).alerts.filter(({ state }: FiringAlert) => state === 'firing');

  return {
    url: `http://127.0.0.1:${port}`,
    /** Whether all targets have answered. */
    async isScraping() {
      const targets = await ask('targets?state=active').catch(() => ({ activeTargets: [] }));
      const health = targets.activeTargets.map((target: { health: string }) => target.health);
      return health.length > 0 && health.every((one: string) => one === 'up');
    },
    /** @param service the one that it is to name, where it names one */
    find: async (name: string, service?: string) =>
      (await alerts()).find(({ labels }) => labels.alertname === name && (!service || labels.service === service)),
    firing: async () => [...new Set((await alerts()).map(({ labels }) => labels.alertname ?? ''))],
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** JSON is YAML. */
function configurationOf(managementUrls: Record<string, string>, jobs: object[]) {
  const targets = Object.entries(managementUrls).map(([service, url]) => ({
    targets: [new URL(url).host],
    labels: { service },
  }));
  return {
    global: { scrape_interval: SCRAPE_EVERY, scrape_timeout: SCRAPE_EVERY, evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'mainstay', static_configs: targets }, ...jobs],
  };
}
