/**
 * Canaries that Argo Rollouts runs and Prometheus judges: a good one that is promoted, and bad builds that must be aborted. Also blue-green: Argo
 * switches after a Job has played the story.
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kubectl, KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';
import { root } from '@mainstay/platform/root';
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import { startPrometheus } from '../prometheus.ts';
import { until } from '../until.ts';
import type { Plan } from './disturb.ts';
import type { KubernetesPlatform } from './kubernetes-platform.ts';

/** One of four pods is the 25 % of the first step. */
const GATEWAYS = 4;
const HASH = 'rollouts-pod-template-hash';
const POLL_MS = 2_000;
/** How long the former pods stay after a blue-green switch, instead of ten minutes. */
const WARM_S = 20;
/** The Rollouts of each component. */
const CANARIES = ['gateway', 'accounts', 'activity'];
const BLUE_GREEN = ['gateway', 'web'];

/**
 * Starts a Prometheus outside the cluster. Returns a component that queries it, with an analysis of one minute instead of two.
 * @throws Refusal if Prometheus is not installed
 */
export async function startArgo(directory: string, kubectl: Kubectl, shutdown: Shutdown) {
  const targets = join(directory, 'targets.json');
  await writeFile(targets, '[]');
  const job = { job_name: 'pods', file_sd_configs: [{ files: [targets], refresh_interval: '5s' }] };
  const { url, stop } = await startPrometheus(directory, { jobs: [job], every: '5s' });
  shutdown.onClose(stop);
  const keeping = keepTargets(targets, kubectl, shutdown.signal);
  shutdown.onClose(() => keeping);
  const replace = (path: string, value: string) => ({ op: 'replace', path, value });
  const patch = [
    replace('/spec/args/0/value', url),
    replace('/spec/args/1/value', '60s'),
    replace('/spec/args/2/value', '20'),
    ...[0, 1].map((at) => replace(`/spec/metrics/${at}/initialDelay`, '45s')),
    ...[0, 1].map((at) => replace(`/spec/metrics/${at}/interval`, '10s')),
  ];
  const target = { kind: 'AnalysisTemplate', name: 'canary-against-stable' };
  return {
    gateways: GATEWAYS,
    components: [join(root, 'k8s/components/argo-canary')],
    patches: [{ target, patch: JSON.stringify(patch) }],
  };
}

/**
 * Until the end, writes the addresses of the pods that ask to be scraped, with the label by which Argo distinguishes them. Debian's Prometheus cannot
 * query the cluster itself.
 */
async function keepTargets(file: string, kubectl: Kubectl, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const pods = await kubectl.list('pods', 'app.kubernetes.io/component=service').catch(() => []);
    const scraped = pods.filter(
      ({ metadata, status }) => metadata.annotations?.['prometheus.io/scrape'] === 'true' && status.podIP,
    );
    const targets = scraped.map(({ metadata, status }) => ({
      targets: [`${status.podIP}:${metadata.annotations?.['prometheus.io/port']}`],
      labels: { pod: metadata.name, rollouts_pod_template_hash: metadata.labels?.[HASH] ?? '' },
    }));
    // Prometheus reads the file on every change, so the file is replaced by a rename.
    await writeFile(`${file}.new`, JSON.stringify(targets));
    await rename(`${file}.new`, file);
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Enters Argo with the commands of docs/rollouts.md. Then `sound` must be promoted, and any other tag must be aborted.
 * @param which `sound`, or the tag of a bad build
 */
export function argoCanaries(platform: KubernetesPlatform, nextTag: () => string, which: string[]): Plan[] {
  const { kubectl } = platform;
  return which.map((name) => ({
    name: `canary by Argo: ${name}`,
    times: 1,
    async make() {
      await enterArgo(platform, CANARIES);
      await apply(platform, name === 'sound' ? nextTag() : name);
      const { isPromoted, steps, messages } = await untilDecided(kubectl, CANARIES);
      if (name === 'sound') {
        if (!isPromoted) throw new Error(`a sound canary was aborted:\n${messages}`);
        return { detail: 'promoted' };
      }
      // It must be aborted because of its figures, not because there were none.
      if (isPromoted || !messages.includes(`Metric "${name}" assessed Failed`))
        throw new Error(`a canary with ${name} was ${isPromoted ? 'promoted' : 'aborted'}:\n${messages}`);
      await kubectl.call(['rollout', 'undo', ...CANARIES.map((one) => `deployment/${one}`)]);
      // The first step is the weight of 25 %, the second its analysis. The third begins with 50 %.
      return { detail: `aborted at step ${steps}`, badShare: steps < 2 ? 0.25 : 0.5 };
    },
  }));
}

/** The component, with a short life of the former pods after the switch. */
export function blueGreen() {
  const patch = [{ op: 'replace', path: '/spec/strategy/blueGreen/scaleDownDelaySeconds', value: WARM_S }];
  return {
    components: [join(root, 'k8s/components/argo-blue-green')],
    patches: [{ target: { kind: 'Rollout' }, patch: JSON.stringify(patch) }],
  };
}

/** Gateway and web switch to the next tag, accounts and activity roll, and the former pods drain. */
export function argoBlueGreens(platform: KubernetesPlatform, nextTag: () => string, times: number): Plan {
  const { kubectl } = platform;
  return {
    name: 'blue-green by Argo',
    times,
    async make() {
      await enterArgo(platform, BLUE_GREEN);
      const tag = nextTag();
      await apply(platform, tag);
      const { isPromoted, messages } = await untilDecided(kubectl, BLUE_GREEN);
      if (!isPromoted) throw new Error(`a sound build was aborted:\n${messages}`);
      const isNew = ({ spec }: KubeObject) => String(spec.containers[0].image).endsWith(`:${tag}`);
      const services = () => kubectl.list('pods', 'app.kubernetes.io/component=service');
      await until('the former pods are gone', async () => (await services()).every(isNew), { everyMs: POLL_MS });
      return { detail: tag };
    },
  };
}

async function apply({ kubectl, release }: KubernetesPlatform, tag: string): Promise<void> {
  const { code, output } = await release('--tag', tag, '--print');
  if (code !== 0) throw new Error(`the overlay cannot be rendered:\n${output}`);
  const { items } = JSON.parse(output.slice(output.indexOf('{"apiVersion"'))) as { items: KubeObject[] };
  await kubectl.apply(items.filter(({ kind }) => kind !== 'Job'));
}

/** On the first use, the Rollouts start beside the pods of the Deployments. */
async function enterArgo(platform: KubernetesPlatform, names: string[]): Promise<void> {
  const { kubectl } = platform;
  const rollouts = () => kubectl.list('rollouts.argoproj.io');
  if ((await rollouts()).length > 0) return;
  const deployments = (await kubectl.list('deployments')).filter(({ metadata }) => names.includes(metadata.name));
  const image: string = deployments[0]?.spec.template.spec.containers[0].image ?? '';
  await apply(platform, image.split(':').at(-1) ?? '');
  const counts = new Map(deployments.map(({ metadata, spec }) => [metadata.name, Number(spec.replicas)]));
  for (const [name, count] of counts)
    await kubectl.call(['scale', 'rollouts.argoproj.io', name, `--replicas=${count}`]);
  const isThere = ({ metadata, status }: KubeObject) =>
    (status?.availableReplicas ?? 0) >= (counts.get(metadata.name) ?? 0);
  await until('the Rollouts have their pods', async () => (await rollouts()).every(isThere), { everyMs: POLL_MS });
  await kubectl.call(['scale', 'deployment', ...names, '--replicas=0']);
}

/** Waits until every Rollout has seen its Deployment and is promoted, or one is aborted. */
async function untilDecided(kubectl: Kubectl, names: string[]) {
  let steps = 0;
  const read = async () => {
    const deployments = await kubectl.list('deployments');
    const rollouts = (await kubectl.list('rollouts.argoproj.io')).filter(({ metadata, status }) => {
      const deployment = deployments.find((one) => one.metadata.name === metadata.name);
      return Number(status?.workloadObservedGeneration ?? -1) >= Number(deployment?.metadata.generation);
    });
    steps = Math.max(steps, ...rollouts.map(({ status }) => Number(status.currentStepIndex ?? 0)));
    const messages = rollouts.map(({ metadata, status }) => `${metadata.name}: ${status.message ?? ''}`).join('\n');
    if (rollouts.some(({ status }) => Boolean(status.abort) || status.phase === 'Degraded'))
      return { isPromoted: false, steps, messages };
    const isDone = rollouts.every(
      ({ status }) => status.phase === 'Healthy' && status.currentPodHash === status.stableRS,
    );
    return rollouts.length === names.length && isDone && { isPromoted: true, steps, messages };
  };
  return until('Argo has decided', read, { everyMs: POLL_MS });
}
