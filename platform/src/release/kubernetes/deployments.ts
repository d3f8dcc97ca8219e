/** Deployments in the cluster: waiting for them, what their pods run, and going back. */
import { Refusal } from '../../terminal.ts';
import { KubectlError, hasCondition, imageOf, statusOf, type Kubectl, type KubeObject } from './kubectl.ts';
import { released } from './render.ts';

/** Kubernetes' own deadline ends first. This one is for a controller that does not work. */
const MARGIN_S = 60;
const REVISION = 'deployment.kubernetes.io/revision';
const LOG_LINES = 8;

/**
 * Argo's Rollouts have their own pods, which this command would not replace.
 * @throws Refusal naming them
 */
export async function refuseArgo(kubectl: Kubectl, objects: KubeObject[]): Promise<void> {
  const isKnown = (await kubectl.call(['api-resources', '--api-group=argoproj.io', '--output=name'])).includes(
    'rollouts.',
  );
  const inCluster = isKnown ? await kubectl.list('rollouts.argoproj.io') : [];
  const rollouts = [...inCluster, ...objects].filter(
    ({ kind, metadata }) => kind === 'Rollout' && released.includes(metadata.name),
  );
  if (rollouts.length === 0) return;
  const names = [...new Set(rollouts.map(({ metadata }) => metadata.name))].join(', ');
  throw new Refusal(
    `Argo Rollouts owns the pods of ${names}. Release with Argo, or leave it first: docs/rollouts.md says how.`,
  );
}

/** The revision of each of these Deployments that exists. */
export async function revisionsOf(kubectl: Kubectl, names: string[]): Promise<Map<string, string>> {
  const deployments = (await kubectl.list('deployments')).filter(({ metadata }) => names.includes(metadata.name));
  return new Map(deployments.map(({ metadata }) => [metadata.name, metadata.annotations?.[REVISION] ?? '']));
}

/**
 * Waits until each has its new pods, all of them available, and no other.
 * @throws Refusal that says which pods do not become ready, and why
 */
export async function untilRolledOut(kubectl: Kubectl, names: string[], deadlineS: number): Promise<void> {
  const waiting = names.map((name) =>
    kubectl.call(['rollout', 'status', `deployment/${name}`, `--timeout=${deadlineS + MARGIN_S}s`], {
      timeoutMs: (deadlineS + 2 * MARGIN_S) * 1_000,
      isSafe: true,
    }),
  );
  const results = await Promise.allSettled(waiting);
  const late = names.filter((_, at) => results[at]?.status === 'rejected');
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return;
  if (!(failed.reason instanceof KubectlError)) throw failed.reason;
  const trouble = await describeTrouble(kubectl, late);
  throw new Refusal(`${trouble}\n\n${late.join(', ')} did not become ready: ${failed.reason.output.trim()}.`.trim());
}

/**
 * Restores those Deployments that have a new revision since, and waits for them.
 * @returns their names
 */
export async function undo(kubectl: Kubectl, former: Map<string, string>, deadlineS: number): Promise<string[]> {
  const now = await revisionsOf(kubectl, [...former.keys()]);
  const changed = [...former].filter(([name, revision]) => now.get(name) !== revision);
  for (const [name, revision] of changed)
    await kubectl.call(['rollout', 'undo', `deployment/${name}`, `--to-revision=${revision}`], { isSafe: true });
  const names = changed.map(([name]) => name);
  await untilRolledOut(kubectl, names, deadlineS);
  return names;
}

/**
 * Compares the images of the pods behind each Service with the release, because a Deployment counts as rolled out
 * although another controller's pods serve.
 * @param images by service
 * @throws Refusal naming the pods that run another image, and the Services without a ready pod
 */
export async function verifyPods(kubectl: Kubectl, images: Map<string, string>): Promise<void> {
  const wrong = [];
  for (const [name, image] of images) {
    const selector = ((await kubectl.find('service', name))?.spec as { selector?: Record<string, string> } | undefined)
      ?.selector;
    const labels = Object.entries(selector ?? {}).map(([label, value]) => `${label}=${value}`);
    const pods = await kubectl.list('pods', labels.join(','));
    const serving = pods.filter((pod) => !pod.metadata.deletionTimestamp && hasCondition(pod, 'Ready'));
    if (serving.length === 0) wrong.push(`The Service ${name} has no ready pod.`);
    for (const pod of serving)
      if (imageOf(pod) !== image) wrong.push(`${pod.metadata.name} serves with ${imageOf(pod)}, not with ${image}.`);
  }
  if (wrong.length > 0) throw new Refusal(`${wrong.join('\n')}\n\nOther pods than those of this release serve.`);
}

/** The pods that are not ready, with the cluster's reason and the last lines of their log. */
async function describeTrouble(kubectl: Kubectl, names: string[]): Promise<string> {
  const pods = (await kubectl.list('pods', `app.kubernetes.io/name in (${names.join(',')})`)).filter(
    (pod) => !pod.metadata.deletionTimestamp && !hasCondition(pod, 'Ready'),
  );
  const texts = pods.slice(0, 3).map(async (pod) => {
    const logs = await kubectl.call(['logs', pod.metadata.name, `--tail=${LOG_LINES}`]).catch(() => '');
    return `${pod.metadata.name}: ${reasonOf(pod)}\n${logs.trim()}`;
  });
  return (await Promise.all(texts)).join('\n');
}

function reasonOf(pod: KubeObject): string {
  const { containerStatuses = [], conditions = [] } = statusOf(pod);
  const waiting = containerStatuses.find(({ state }) => state?.waiting)?.state?.waiting;
  const unmet = conditions.find(({ status, message }) => status === 'False' && message);
  return waiting ? `${waiting.reason} ${waiting.message ?? ''}` : (unmet?.message ?? 'not ready');
}
