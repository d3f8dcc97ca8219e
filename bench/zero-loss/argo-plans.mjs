// @ts-check
/** Canaries that Argo Rollouts takes and Prometheus judges: one that is promoted, and bad builds that must be aborted. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../packages/embedded/src/processes.mjs';
import { root } from '../../scripts/platform/root.mjs';
import { Refusal } from '../../scripts/platform/terminal.mjs';

/** One of four pods is the 25 % of the first step. */
const GATEWAYS = 4;
/** Of the component's two minutes: each analysis takes a minute. */
const QUICK = { window: '60s', initialDelay: '45s', interval: '10s' };

/** @typedef {import('./kubernetes-platform.mjs').KubernetesPlatform} KubernetesPlatform */
/** @typedef {import('./disturb.mjs').Plan} Plan */

/**
 * A Prometheus of the campaign's own, outside of the cluster as Argo's controller may be, and the component that asks it.
 * @param {string} directory
 * @param {string} namespace
 * @param {import('../../scripts/platform/shutdown.mjs').Shutdown} shutdown
 * @throws Refusal where it is not installed
 */
export async function startArgo(directory, namespace, shutdown) {
  if (spawnSync('prometheus', ['--version']).error)
    throw new Refusal('prometheus is not on the PATH: apt-get install prometheus');
  const port = await freePort();
  const file = join(directory, 'prometheus.yml');
  await writeFile(file, JSON.stringify(scraping(namespace)));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: 'ignore', detached: true },
  );
  shutdown.onClose(async () => void child.kill('SIGTERM'));
  return {
    gateways: GATEWAYS,
    components: [join(root, 'k8s/components/argo-canary')],
    patches: patchesFor(`http://127.0.0.1:${port}`),
  };
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

/** What a cluster's Prometheus has in one form or another. @param {string} namespace */
function scraping(namespace) {
  const label = '__meta_kubernetes_pod_label_rollouts_pod_template_hash';
  const source = process.env.KUBECONFIG ?? join(process.env.HOME ?? '', '.kube/config');
  return {
    global: { scrape_interval: '5s', scrape_timeout: '4s' },
    scrape_configs: [
      {
        job_name: 'pods',
        kubernetes_sd_configs: [{ role: 'pod', kubeconfig_file: source, namespaces: { names: [namespace] } }],
        relabel_configs: [
          { source_labels: ['__meta_kubernetes_pod_annotation_prometheus_io_scrape'], regex: 'true', action: 'keep' },
          { source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Running', action: 'keep' },
          // A pod has one target a port otherwise.
          { source_labels: ['__meta_kubernetes_pod_container_port_name'], regex: 'management', action: 'keep' },
          { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
          { source_labels: [label], target_label: 'rollouts_pod_template_hash' },
        ],
      },
    ],
  };
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
      if (code !== 1 || !output.includes('aborted by Argo'))
        throw new Error(`a canary with ${name} ended with ${code}:\n${output}`);
      // The first step is the weight of 25 %, the second its analysis; the third begins with 50 %.
      return { detail: `aborted at step ${Math.max(...steps)}`, badShare: Math.max(...steps) < 2 ? 0.25 : 0.5 };
    },
  }));
}
