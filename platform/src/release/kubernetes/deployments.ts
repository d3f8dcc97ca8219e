/** Applies Deployments, waits for their pods, checks the images of the pods, and restores former revisions. */
import { readableLine } from '../../start/follow-log.ts';
import { Refusal } from '../../terminal.ts';
import { hasCondition, imageOf, namesOf, statusOf, type Kubectl, type KubeObject } from './kubectl.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const LOG_LINES_READ = 50;
const LOG_LINES_SHOWN = 8;

/** Applies the Namespace if it does not exist, then the objects of all other kinds, and finally the Jobs. */
export async function applyAll(kubectl: Kubectl, objects: KubeObject[]): Promise<void> {
  const isKind = (wanted: string) => objects.filter(({ kind }) => kind === wanted);
  // An existing namespace is not applied, because a pipeline can lack the right to change a namespace.
  if (!(await kubectl.find('namespace', kubectl.namespace))) await kubectl.apply(isKind('Namespace'));
  await kubectl.apply(objects.filter(({ kind }) => kind !== 'Namespace' && kind !== 'Job'));
  // Kubernetes cannot change a Job, so delete and create again each Job that has not succeeded.
  const succeeded = (await kubectl.list('jobs')).filter((job) => (statusOf(job).succeeded ?? 0) > 0);
  const due = isKind('Job').filter(({ metadata }) => !namesOf(succeeded).includes(metadata.name));
  if (due.length > 0) await kubectl.call(['delete', 'job', ...namesOf(due), '--ignore-not-found'], { isSafe: true });
  await kubectl.apply(due);
}

/** Returns the revision of each existing Deployment by name. Kubernetes raises the revision when the pods change. */
export async function revisionsOf(kubectl: Kubectl, names: string[]): Promise<Map<string, string>> {
  const deployments = (await kubectl.list('deployments')).filter(({ metadata }) => names.includes(metadata.name));
  return new Map(deployments.map(({ metadata }) => [metadata.name, metadata.annotations?.[REVISION] ?? '']));
}

/** Waits until each Deployment has only new, available pods. @throws Refusal that describes pods that are not ready */
export async function untilRolledOut(kubectl: Kubectl, names: string[], deadlineS: number): Promise<void> {
  for (const name of names) {
    const status = ['rollout', 'status', `deployment/${name}`, `--timeout=${deadlineS}s`];
    const timeoutMs = (deadlineS + 60) * 1_000; // `--timeout` is shorter, so kubectl ends before this time
    await kubectl.call(status, { timeoutMs, isSafe: true }).catch(async (error: Error) => {
      const trouble = await describeTrouble(kubectl, `app.kubernetes.io/name=${name}`);
      throw new Refusal(`${trouble}\n\n${name} did not become ready: ${error.message}`.trim());
    });
  }
}

/** Restores the former revision of each Deployment that has changed. @returns the names of the changed Deployments */
export async function undo(kubectl: Kubectl, former: Map<string, string>): Promise<string[]> {
  const now = await revisionsOf(kubectl, [...former.keys()]);
  const changed = [...former].filter(([name, revision]) => now.get(name) !== revision);
  for (const [name, revision] of changed)
    await kubectl.call(['rollout', 'undo', `deployment/${name}`, `--to-revision=${revision}`], { isSafe: true });
  return changed.map(([name]) => name);
}

/**
 * Checks that all ready pods of each Service run the image in `images`. A complete rollout of a Deployment is not
 * enough, because a Service can also select pods that do not belong to the Deployment.
 * @throws Refusal that names each ready pod with a wrong image and each Service without a ready pod
 */
export async function verifyPods(kubectl: Kubectl, images: Map<string, string>): Promise<void> {
  const wrong = [];
  for (const [name, image] of images) {
    const { selector = {} } = (await kubectl.find('service', name))?.spec as { selector?: Record<string, string> };
    const labels = Object.entries(selector).map((label) => label.join('='));
    const pods = await kubectl.list('pods', labels.join(','));
    const serving = pods.filter((pod) => !pod.metadata.deletionTimestamp && hasCondition(pod, 'Ready'));
    if (serving.length === 0) wrong.push(`The Service ${name} has no ready pod.`);
    for (const pod of serving)
      if (imageOf(pod) !== image) wrong.push(`${pod.metadata.name} serves with ${imageOf(pod)}, not with ${image}.`);
  }
  if (wrong.length > 0)
    throw new Refusal(`${wrong.join('\n')}\n\nThe pods that serve are not all pods of this release.`);
}

/**
 * Whether the newest template of a Deployment or StatefulSet has replaced all former pods, and all pods are available.
 * An available pod has been ready for `minReadySeconds`.
 */
export function isRolledOut({ metadata, spec, status }: KubeObject): boolean {
  const { replicas: wanted = 1 } = spec as { replicas?: number };
  const { observedGeneration = 0, ...counts } = (status ?? {}) as Record<string, number>;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = counts;
  // `availableReplicas` also counts pods of the former template, so the total must contain no such pod.
  const isComplete = [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted);
  return isComplete && observedGeneration >= Number(metadata.generation);
}

/** Describes up to three pods that are not ready. The text contains the cluster's reason and the last log lines. */
export async function describeTrouble(kubectl: Kubectl, selector: string): Promise<string> {
  const [all, events] = await Promise.all([kubectl.list('pods', selector), eventsOf(kubectl)]);
  const pods = all.filter(isTroubled);
  const texts = pods.slice(0, 3).map(async (pod) => {
    const logs = await kubectl.call(['logs', pod.metadata.name, `--tail=${LOG_LINES_READ}`]).catch(() => '');
    // readableLine removes the time, so the Set keeps one copy of a message that a service logs repeatedly.
    const lines = [...new Set(logs.trim().split('\n').map(readableLine))].slice(-LOG_LINES_SHOWN);
    return [`${pod.metadata.name}: ${reasonOf(pod, events)}`, ...lines].join('\n');
  });
  return (await Promise.all(texts)).join('\n');
}

/** Whether a pod is not ready. Returns false for a completed or terminating pod. */
export function isTroubled(pod: KubeObject): boolean {
  return !pod.metadata.deletionTimestamp && statusOf(pod).phase !== 'Succeeded' && !hasCondition(pod, 'Ready');
}

/** Returns the events of the namespace. Returns none if they cannot be read, because a role can lack this right. */
export async function eventsOf(kubectl: Kubectl): Promise<KubeObject[]> {
  return kubectl.list('events').catch(() => []);
}

/**
 * Returns why a pod is not ready. If the status of the pod contains no message, the text ends with the newest warning in
 * `events` about the pod. For example, only an event names a missing Secret.
 */
export function reasonOf(pod: KubeObject, events: KubeObject[]): string {
  const { containerStatuses = [], conditions = [] } = statusOf(pod);
  const waiting = containerStatuses.find(({ state }) => state?.waiting)?.state?.waiting;
  const unmet = conditions.find(({ status, message }) => status === 'False' && message);
  if (!waiting) return unmet?.message ?? warningOf(pod, events) ?? 'not ready';
  return `${waiting.reason} ${waiting.message ?? warningOf(pod, events) ?? ''}`.trim();
}

function warningOf({ metadata }: KubeObject, events: KubeObject[]): string | undefined {
  // A new pod of a StatefulSet has the name of the former pod, so the uid identifies the pod.
  const isAboutPod = ({ involvedObject }: KubeObject) => (involvedObject as { uid?: string }).uid === metadata.uid;
  const timeOf = ({ lastTimestamp, eventTime, metadata: { creationTimestamp } }: KubeObject) =>
    Date.parse(String(lastTimestamp ?? eventTime ?? creationTimestamp));
  const newest = events
    .filter((event) => event.type === 'Warning' && isAboutPod(event))
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .at(-1);
  return newest && `${newest.reason}: ${newest.message}`;
}
