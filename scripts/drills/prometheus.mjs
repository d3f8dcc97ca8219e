// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../platform/src/processes/ports.ts';
import { findOnPath } from '../../platform/src/processes/programs.ts';

const SCRAPE_EVERY = '2s';

/** @typedef {Awaited<ReturnType<typeof startPrometheus>>} Prometheus */
/** @typedef {{ labels: Record<string, string>, annotations: Record<string, string>, state: string }} FiringAlert */

/**
 * A Prometheus of its own beside a platform, with the platform's own rules, their times divided. Its data is gone with the platform's directory.
 * @param {object} options
 * @param {import('../../platform/src/start/own-platform.ts').OwnPlatform} options.platform
 * @param {number} options.divisor
 * @param {object[]} options.jobs scrape configurations beside those of the services
 */
export async function startPrometheus({ platform, divisor, jobs }) {
  const { ruleFile } = await import('../../monitoring/dist/rules.js');
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

  /** @param {string} path @returns {Promise<any>} */
  async function ask(path) {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    const { data } = /** @type {{ data: any }} */ (await reply.json());
    return data;
  }

  /** @returns {Promise<FiringAlert[]>} */
  const alerts = async () =>
    (await ask('alerts')).alerts.filter((/** @type {FiringAlert} */ { state }) => state === 'firing');

  return {
    url: `http://127.0.0.1:${port}`,
    /** Whether all targets have answered. */
    async isScraping() {
      const targets = await ask('targets?state=active').catch(() => ({ activeTargets: [] }));
      const health = targets.activeTargets.map((/** @type {{ health: string }} */ target) => target.health);
      return health.length > 0 && health.every((/** @type {string} */ one) => one === 'up');
    },
    /** @param {string} name @param {string} [service] the one that it is to name, where it names one */
    find: async (name, service) =>
      (await alerts()).find(({ labels }) => labels.alertname === name && (!service || labels.service === service)),
    firing: async () => [...new Set((await alerts()).map(({ labels }) => labels.alertname ?? ''))],
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/**
 * JSON is YAML.
 * @param {Record<string, string>} managementUrls
 * @param {object[]} jobs
 */
function configurationOf(managementUrls, jobs) {
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
