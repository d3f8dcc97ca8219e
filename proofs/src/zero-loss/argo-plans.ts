/** Canaries that Argo Rollouts takes and Prometheus judges: one that is promoted, and bad builds that must be aborted. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import { Refusal } from '@mainstay/platform/terminal';
import { openKubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import type { KubernetesPlatform } from './kubernetes-platform.ts';
import type { Plan } from './disturb.ts';
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import type { ChildProcess } from 'node:child_process';
import type { Kubectl, KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';

/** One of four pods is the 25 % of the first step. */
const GATEWAYS = 4;
/** Of the component's two minutes: each analysis takes a minute. */
const QUICK = { window: '60s', initialDelay: '45s', interval: '10s' };

const HASH = 'rollouts-pod-template-hash';
const POLL_MS = 200;
const TARGETS_MS = 2_000;

/**
 * A Prometheus of the campaign's own, outside of the cluster as Argo's controller may be, and the component that asks it.
 * @throws Refusal where it is not installed
 */
export async function startArgo(directory: string, namespace: string, shutdown: Shutdown) {
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

async function untilReady(address: string, child: ChildProcess) {
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

function patchesFor(address: string) {
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

/** @param targets the file that names them: Debian's Prometheus cannot ask the cluster itself */
function scraping(targets: string) {
  return {
    global: { scrape_interval: '5s', scrape_timeout: '4s' },
    scrape_configs: [{ job_name: 'pods', file_sd_configs: [{ files: [targets], refresh_interval: '5s' }] }],
  };
}

/** Writes down which pods ask to be scraped, with the label by which Argo tells them apart, until the end. */
async function keepTargets(file: string, kubectl: Kubectl, signal: AbortSignal) {
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
 * Enters Argo by the commands of docs/rollouts.md, then: `sound` must be promoted; any other tag must be aborted, its bad answers no more than its share.
 * @param which sound, or the tag of a bad build
 */
export function argoCanaries(platform: KubernetesPlatform, nextTag: () => string, which: string[]): Plan[] {
  return which.map((name) => ({
    name: `canary by Argo: ${name}`,
    times: 1,
    async make() {
      await enterArgo(platform);
      await apply(platform, name === 'sound' ? nextTag() : name);
      const { isPromoted, steps, messages } = await untilDecided(platform);
      if (name === 'sound') {
        if (!isPromoted) throw new Error(`a sound canary was aborted:\n${messages}`);
        return { detail: 'promoted' };
      }
      // By its figures, and not because there were none.
      if (isPromoted || !messages.includes(`Metric "${name}" assessed Failed`))
        throw new Error(`a canary with ${name} was ${isPromoted ? 'promoted' : 'aborted'}:\n${messages}`);
      await platform.kubectl.call(['rollout', 'undo', ...names.map((one) => `deployment/${one}`)]);
      // The first step is the weight of 25 %, the second its analysis; the third begins with 50 %.
      return { detail: `aborted at step ${steps}`, badShare: steps < 2 ? 0.25 : 0.5 };
    },
  }));
}

const names = ['gateway', 'accounts', 'activity'];

async function apply({ kubectl, rollout }: KubernetesPlatform, tag: string) {
  const { code, output } = await rollout('--tag', tag, '--print');
  if (code !== 0) throw new Error(`the overlay cannot be rendered:\n${output}`);
  const { items } = JSON.parse(output.slice(output.indexOf('{"apiVersion"')));
  await kubectl.apply(items.filter(({ kind }: { kind: string }) => kind !== 'Job'));
}

/** The first time, Rollouts grow beside the pods of the Deployments. */
async function enterArgo(platform: KubernetesPlatform) {
  const { kubectl } = platform;
  if ((await kubectl.list('rollouts.argoproj.io')).length > 0) return;
  const deployments = (await kubectl.list('deployments')).filter(({ metadata }) => names.includes(metadata.name));
  const [image = ''] = deployments.map(({ spec }) => spec.template.spec.containers[0].image);
  await apply(platform, image.split(':').at(-1));
  for (const { metadata, spec } of deployments)
    await kubectl.call(['scale', 'rollouts.argoproj.io', metadata.name, `--replicas=${spec.replicas}`]);
  const counts = new Map(deployments.map(({ metadata, spec }) => [metadata.name, spec.replicas]));
  const isLate = ({ metadata, status }: KubeObject) => (status?.availableReplicas ?? 0) < counts.get(metadata.name);
  while ((await kubectl.list('rollouts.argoproj.io')).some(isLate)) await delay(TARGETS_MS);
  await kubectl.call(['scale', 'deployment', ...names, '--replicas=0']);
}

/** Waits until every Rollout has seen its Deployment and is promoted, or one is aborted. */
async function untilDecided({ kubectl }: KubernetesPlatform) {
  let steps = 0;
  for (;;) {
    const deployments = await kubectl.list('deployments');
    const rollouts = (await kubectl.list('rollouts.argoproj.io')).filter(({ metadata, status }) => {
      const deployment = deployments.find((one) => one.metadata.name === metadata.name);
      return Number(status?.workloadObservedGeneration ?? -1) >= Number(deployment?.metadata.generation);
    });
    for (const { status } of rollouts) steps = Math.max(steps, Number(status.currentStepIndex ?? 0));
    const messages = rollouts.map(({ metadata, status }) => `${metadata.name}: ${status.message ?? ''}`).join('\n');
    if (rollouts.some(({ status }) => Boolean(status.abort) || status.phase === 'Degraded'))
      return { isPromoted: false, steps, messages };
    const isDone = rollouts.every(
      ({ status }) => status.phase === 'Healthy' && status.currentPodHash === status.stableRS,
    );
    if (rollouts.length === names.length && isDone) return { isPromoted: true, steps, messages };
    await delay(TARGETS_MS);
  }
}
