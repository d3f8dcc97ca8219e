/** Checks the cluster before a release by Argo Rollouts, and waits for Argo's decision. */
import { Refusal, progress } from '../../terminal.ts';
import { until } from '../../until.ts';
import { namesOf, type Kubectl, type KubeObject } from './kubectl.ts';
import { released } from './render.ts';

export const KIND = 'rollouts.argoproj.io';
const RUNS = 'analysisruns.argoproj.io';
/** Milliseconds within which Argo's controller must react. The controller usually reacts within a second. */
const SEEN_MS = 60_000;
/** Milliseconds within which Argo must promote or abort a release. A *promoted* release gets all requests. */
const DECIDED_MS = 60 * 60_000;

/** A Rollout tells Argo how to replace the pods of one service. */
export interface Rollout extends KubeObject {
  spec: {
    replicas?: number;
    strategy: { canary?: { steps?: { setWeight?: number }[] }; blueGreen?: Record<string, string> };
  };
  status?: {
    phase?: string;
    message?: string;
    abort?: boolean;
    currentStepIndex?: number;
    currentPodHash?: string;
    stableRS?: string;
    workloadObservedGeneration?: string;
  };
}

interface Template extends KubeObject {
  spec: { args: { name: string; value?: string }[]; metrics: { provider: { prometheus?: object } }[] };
}

interface AnalysisRun extends KubeObject {
  status?: { phase?: string; metricResults?: Result[] };
}

interface Result {
  name: string;
  phase: string;
  message?: string;
  measurements?: { value?: string; message?: string }[];
}

export function rolloutsOf(objects: KubeObject[]): Rollout[] {
  const isOurs = ({ kind, metadata }: KubeObject) => kind === 'Rollout' && released.includes(metadata.name);
  return objects.filter((object): object is Rollout => isOurs(object));
}

/** Returns the Rollouts of the platform in the cluster, or an empty list if the cluster does not have Argo Rollouts. */
export async function rolloutsIn(kubectl: Kubectl): Promise<Rollout[]> {
  const known = await kubectl.call(['api-resources', '--api-group=argoproj.io', '--output=name'], { isSafe: true });
  return known.includes(KIND) ? rolloutsOf(await kubectl.list(KIND)) : [];
}

/**
 * Returns the names of the services whose pods Argo owns. Deployments own the pods of the other services.
 * @throws Refusal when cluster and overlay name different owners, when Argo has not completed the last release, or when
 * Prometheus lacks the figures that Argo needs
 */
export async function askArgo(kubectl: Kubectl, objects: KubeObject[]): Promise<string[]> {
  const rollouts = rolloutsOf(objects);
  const planned = namesOf(rollouts);
  const present = await rolloutsIn(kubectl);
  const foreign = namesOf(present).filter((name) => !planned.includes(name));
  if (foreign.length > 0)
    throw new Refusal(
      `Argo Rollouts owns the pods of ${foreign.join(', ')}, and the overlay has no such Rollouts. To release with Argo, add its component to the overlay. To leave Argo: npm run release -- kubernetes --leave-argo --overlay NAME`,
    );
  if (present.length < planned.length)
    throw new Refusal(
      `Deployments own the pods of ${planned.join(', ')}, and the overlay gives them to Argo Rollouts. Run once: npm run release -- kubernetes --enter-argo --overlay NAME`,
    );
  refuseUnfinished(present);
  const statuses = new Map(present.map(({ metadata, status }) => [metadata.name, status]));
  const next = rollouts.map((rollout) => ({ ...rollout, status: statuses.get(rollout.metadata.name) }));
  await askPrometheus(kubectl, objects, next);
  return planned;
}

/**
 * Checks before a release that Argo can get the figures of Prometheus. During the release, Argo judges the first new
 * pods, the *canary*, by these figures. The check lets Argo judge the current pods instead of a canary.
 * @throws Refusal when Argo does not react or cannot reach Prometheus, or when a figure is missing or too low
 */
async function askPrometheus(kubectl: Kubectl, objects: KubeObject[], rollouts: Rollout[]): Promise<void> {
  const templates = objects.filter((object): object is Template => object.kind === 'AnalysisTemplate');
  const template = templates.find(({ spec }) => spec.metrics[0]?.provider.prometheus);
  if (!template) return;
  const runs = rollouts.map((rollout) => {
    const { metadata, status: { stableRS = '' } = {} } = rollout;
    const given: Record<string, string> = { namespace: kubectl.namespace, canary: stableRS, stable: stableRS };
    // A canary must get at least `least` requests. Before the release, the current pods get all requests, so divide
    // `least` by the canary's share. For example, for a share of 25 %, the current pods must get four times `least`.
    const args = template.spec.args.map((arg) => {
      const value = arg.name === 'least' ? String(Math.ceil(Number(arg.value) / firstShare(rollout))) : arg.value;
      return { ...arg, value: value ?? given[arg.name] };
    });
    const once = { initialDelay: undefined, interval: undefined, count: 1, consecutiveErrorLimit: 0 };
    const metrics = template.spec.metrics.map((metric) => ({ ...metric, ...once }));
    const name = `release-asks-${metadata.name}-${Date.now()}`;
    return { apiVersion: template.apiVersion, kind: 'AnalysisRun', metadata: { name }, spec: { args, metrics } };
  });
  const names = namesOf(runs);
  const read = async () => {
    const all = (await kubectl.list(RUNS)) as AnalysisRun[];
    const own = all.filter(({ metadata }) => names.includes(metadata.name));
    const ended = own.filter(({ status }) => !['', 'Pending', 'Running'].includes(status?.phase ?? ''));
    return ended.length === runs.length && ended.filter(({ status }) => status?.phase !== 'Successful');
  };
  const late = () =>
    new Refusal(`Argo's controller has not asked Prometheus within ${SEEN_MS / 1_000} s. Does the controller run?`);
  try {
    await kubectl.apply(runs);
    const failed = await until(late, read, { timeoutMs: SEEN_MS, everyMs: 1_000 });
    if (failed.length === 0) return;
    throw new Refusal(
      `Argo could not judge a canary. Prometheus must answer Argo's controller, and each service must get enough requests for the canary's share in the first step. New pods have no figures: after a release wait two minutes.\n${failed.map((run) => `${run.metadata.name}${figuresIn(run)}`).join('\n')}`,
    );
  } finally {
    await kubectl.remove(RUNS, names);
  }
}

/** Returns the canary's share of the requests in the first step of a Rollout. The share is above 0 and at most 1. */
const firstShare = ({ spec }: Rollout) =>
  (spec.strategy.canary?.steps?.find(({ setWeight }) => setWeight)?.setWeight ?? 100) / 100;

/** @throws Refusal when Argo has aborted the last release, or has not completed the last release */
export function refuseUnfinished(rollouts: Rollout[]): void {
  const busy = rollouts.find(({ status }) => status?.phase !== 'Healthy');
  if (busy) throw new Refusal(`The last release has not ended: ${sentenceOf(busy)}`);
}

/** Waits until Argo has promoted each named Rollout. @throws Refusal with Argo's reason when Argo aborts a release */
export async function untilPromoted(kubectl: Kubectl, names: string[]): Promise<void> {
  let former = '';
  const seenBy = performance.now() + SEEN_MS;
  const read = async () => {
    const deployments = await kubectl.list('deployments');
    const generations = new Map(deployments.map(({ metadata }) => [metadata.name, Number(metadata.generation)]));
    const rollouts = (await rolloutsIn(kubectl)).filter(({ metadata }) => names.includes(metadata.name));
    const seen = rollouts.filter(
      ({ metadata, status }) => Number(status?.workloadObservedGeneration ?? -1) >= generations.get(metadata.name)!,
    );
    if (seen.length < names.length && performance.now() > seenBy)
      throw new Refusal("Argo's controller has not seen the release. Does it run, and does it watch this namespace?");
    const aborted = seen.find(({ status }) => (status?.abort ?? false) || status?.phase === 'Degraded');
    if (aborted) throw new Refusal(`Argo aborted: ${sentenceOf(aborted)}${await figuresOf(kubectl, aborted)}`);
    const now = seen.map(sentenceOf).join('\n');
    if (now !== former) progress(now);
    former = now;
    const isPromoted = ({ status }: Rollout) =>
      status?.phase === 'Healthy' && status.currentPodHash === status.stableRS;
    return seen.length === names.length && seen.every(isPromoted);
  };
  const late = () => new Refusal(`Argo has not decided within an hour:\n${former}`);
  await until(late, read, { timeoutMs: DECIDED_MS, everyMs: 1_000 });
}

/** Returns the figures of the failed analyses, because Argo's message names only the metric. */
async function figuresOf(kubectl: Kubectl, { metadata, status }: Rollout): Promise<string> {
  const runs = (await kubectl.list(RUNS)) as AnalysisRun[];
  const own = runs.filter((run) => run.metadata.name.startsWith(`${metadata.name}-${status?.currentPodHash}-`));
  return own.map(figuresIn).join('');
}

function figuresIn({ status }: AnalysisRun): string {
  const failed = (status?.metricResults ?? []).filter(({ phase }) => phase !== 'Successful');
  const figures = failed.map(({ name, measurements, message = '' }) => {
    const last = measurements?.at(-1);
    const figure = last?.value === '[]' ? 'too few requests, or no figures of the stable pods' : last?.value;
    return `\n${name}: ${[figure, last?.message, message].find(Boolean)}`;
  });
  return figures.join('');
}

/** Returns the state that Argo reports, such as `gateway: Progressing, 1 of 5 steps done`. */
export function sentenceOf({ metadata, spec, status = {} }: Rollout): string {
  const { phase = 'not seen by Argo', message, currentStepIndex = 0 } = status;
  const steps = spec.strategy.canary?.steps ?? [];
  const step = steps.length > 0 && phase !== 'Healthy' ? `, ${currentStepIndex} of ${steps.length} steps done` : '';
  return `${metadata.name}: ${phase}${step}${message ? `, ${message}` : ''}`;
}
