// @ts-check
/** Canaries that Argo Rollouts takes and Prometheus judges: one that is promoted, and bad builds that must be aborted. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../platform/src/processes/ports.ts';
import { root } from '../../platform/src/root.ts';
import { Refusal } from '../../platform/src/terminal.ts';
import { openKubectl } from '../../scripts/rollout/kubectl.mjs';

/** One of four pods is the 25 % of the first step. */
const GATEWAYS = 4;
/** Of the component's two minutes: each analysis takes a minute. */
const QUICK = { window: '60s', initialDelay: '45s', interval: '10s' };

const HASH = 'rollouts-pod-template-hash';
const POLL_MS = 200;
const TARGETS_MS = 2_000;

/** @typedef {import('./kubernetes-platform.mjs').KubernetesPlatform} KubernetesPlatform */
/** @typedef {import('./disturb.mjs').Plan} Plan */

/**
 * A Prometheus of the campaign's own, outside of the cluster as Argo's controller may be, and the component that asks it.
 * @param {string} directory
 * @param {string} namespace
 * @param {import('../../platform/src/start/shutdown.ts').Shutdown} shutdown
 * @throws Refusal where it is not installed
 */
export async function startArgo(directory, namespace, shutdown) {
  if (spawnSync('prometheus', ['--version']).error)
    throw new Refusal('prometheus is not on the PATH: apt-get install prometheus');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const targets = join(directory, 'targets.json');
  const file = join(directory, 'prometheus.yml');
  await writeFile(targets, '[]');
  await writeFile(file, JSON.stringify(scraping(targets)));
  const log = openSync(join(directory, 'logs/prometheus'), 'a');
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  shutdown.onClose(async () => void child.kill('SIGTERM'));
  await untilReady(address, child);
  const keeping = keepTargets(targets, openKubectl({ namespace }), shutdown.signal);
  shutdown.onClose(() => keeping);
  return {
    gateways: GATEWAYS,
    components: [join(root, 'k8s/components/argo-canary')],
    patches: patchesFor(address),
  };
}

/** @param {string} address @param {import('node:child_process').ChildProcess} child */
async function untilReady(address, child) {
  const isReady = () =>
    fetch(`${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
    await delay(POLL_MS);
  }
}

/** @param {string} address */
function patchesFor(address) {
  const metrics = [0, 1].flatMap((at) => [
    { op: 'replace', path: `/spec/metrics/${at}/initialDelay`, value: QUICK.initialDelay },
    { op: 'replace', path: `/spec/metrics/${at}/interval`, value: QUICK.interval },
  ]);
  const values = [
    { op: 'replace', path: '/spec/args/0/value', value: address },
    { op: 'replace', path: '/spec/args/1/value', value: QUICK.window },
    { op: 'replace', path: '/spec/args/2/value', value: '20' },
    ...metrics,
  ];
  return [{ target: { kind: 'AnalysisTemplate', name: 'canary-against-stable' }, patch: JSON.stringify(values) }];
}

/** @param {string} targets the file that names them: Debian's Prometheus cannot ask the cluster itself */
function scraping(targets) {
  return {
    global: { scrape_interval: '5s', scrape_timeout: '4s' },
    scrape_configs: [{ job_name: 'pods', file_sd_configs: [{ files: [targets], refresh_interval: '5s' }] }],
  };
}

/**
 * Writes down which pods ask to be scraped, with the label by which Argo tells them apart, until the end.
 * @param {string} file
 * @param {import('../../scripts/rollout/kubectl.mjs').Kubectl} kubectl
 * @param {AbortSignal} signal
 */
async function keepTargets(file, kubectl, signal) {
  while (!signal.aborted) {
    const pods = await kubectl.list('pods', 'app.kubernetes.io/component=service').catch(() => []);
    const scraped = pods.filter(
      ({ metadata, status }) => metadata.annotations?.['prometheus.io/scrape'] === 'true' && status.podIP,
    );
    const targets = scraped.map(({ metadata, status }) => ({
      targets: [`${status.podIP}:${metadata.annotations?.['prometheus.io/port']}`],
      labels: { pod: metadata.name, rollouts_pod_template_hash: metadata.labels?.[HASH] ?? '' },
    }));
    // Replaced as a whole: Prometheus reads it whenever it changes.
    await writeFile(`${file}.new`, JSON.stringify(targets));
    await rename(`${file}.new`, file);
    await delay(TARGETS_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * `sound` must be promoted; any other tag must be aborted, its bad answers no more than its share.
 * @param {KubernetesPlatform} platform
 * @param {() => string} nextTag
 * @param {string[]} which sound, or the tag of a bad build
 * @returns {Plan[]}
 */
export function argoCanaries(platform, nextTag, which) {
  return which.map((name) => ({
    name: `canary by Argo: ${name}`,
    times: 1,
    async make() {
      if (name === 'sound') {
        await platform.mustRoll('canary', '--tag', nextTag(), '--deadline', platform.deadlineS);
        return { detail: 'promoted' };
      }
      const { code, output } = await platform.rollout(
        'canary',
        '--tag',
        name,
        '--url',
        platform.url,
        '--deadline',
        platform.deadlineS,
      );
      const steps = [...output.matchAll(/gateway step (\d)/g)].map(([, step]) => Number(step));
      // By its figures, and not because there were none.
      if (code !== 1 || !output.includes(`Metric "${name}" assessed Failed`))
        throw new Error(`a canary with ${name} ended with ${code}:\n${output}`);
      // The first step is the weight of 25 %, the second its analysis; the third begins with 50 %.
      return { detail: `aborted at step ${Math.max(...steps)}`, badShare: Math.max(...steps) < 2 ? 0.25 : 0.5 };
    },
  }));
}
