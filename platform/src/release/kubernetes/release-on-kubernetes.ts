/** A rolling release on Kubernetes. The Deployments replace the pods; this command prepares, verifies, and undoes it when it fails. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../../root.ts';
import { entrance } from '../../services.ts';
import { Refusal, during, progress } from '../../terminal.ts';
import { listenForInterruption } from '../interruption.ts';
import { refuseArgo, revisionsOf, undo, untilRolledOut, verifyPods } from './deployments.ts';
import {
  KubectlError,
  hasCondition,
  imageOf,
  openKubectl,
  statusOf,
  type Kubectl,
  type KubeObject,
} from './kubectl.ts';
import { throughPort } from './port-forward.ts';
import { readOrder, type Order } from './read-order.ts';
import { isMigration, released, render } from './render.ts';

const PORT = 3000;
const MIGRATION_MS = 10 * 60_000;
const POLL_MS = 1_000;
/** After this many attempts, a store that is still starting is not the cause. */
const FAILURES_MAX = 4;

/** Runs `npm run release -- kubernetes …`. */
export async function releaseOnKubernetes(args: string[]): Promise<void> {
  const order = readOrder(args);
  const { namespace, objects } = await render(order.overlay, order, order);
  if (order.print) return console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const { signal, close } = listenForInterruption();
  const kubectl = openKubectl({ namespace, context: order.context, signal });
  const steady = openKubectl({ namespace, context: order.context }); // going back must not be interrupted
  try {
    await release(kubectl, steady, order, objects, signal);
  } catch (error) {
    throw error instanceof KubectlError ? new Refusal(error.message, { cause: error }) : error;
  } finally {
    close();
  }
}

async function release(
  kubectl: Kubectl,
  steady: Kubectl,
  order: Order,
  objects: KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  await refuseArgo(kubectl, objects);
  await kubectl.apply(objects.filter(({ kind }) => kind === 'Namespace'));
  const former = await revisionsOf(kubectl, released);
  const migrations = objects.filter(isMigration);
  const workloads = objects.filter(({ kind, metadata }) => kind === 'Deployment' && released.includes(metadata.name));
  const foundation = objects.filter((object) => !migrations.includes(object) && !workloads.includes(object));
  await during('Applying configuration, policies and stores', () => applyFoundation(kubectl, foundation));
  for (const job of migrations)
    await during(`Migrating (Job ${job.metadata.name})`, () => migrate(kubectl, job, signal));
  try {
    const names = workloads.map(({ metadata }) => metadata.name);
    await during(`Replacing the pods of ${names.join(', ')}`, async () => {
      await kubectl.apply(workloads.map((object) => withDeadline(object, order.deadlineS)));
      await untilRolledOut(kubectl, names, order.deadlineS);
    });
    await verifyPods(kubectl, new Map(workloads.map((object) => [object.metadata.name, imageOf(object)])));
    await during('Playing the smoke story', () => playStory(kubectl, order, signal));
  } catch (error) {
    throw await wentBack(steady, former, order, error as Error);
  }
  progress(`${order.tag} serves`);
}

/** Does not affect what serves: pods keep the configuration they started with. */
async function applyFoundation(kubectl: Kubectl, foundation: KubeObject[]): Promise<void> {
  const jobs = await kubectl.list('jobs');
  // A Job cannot be changed: a completed one stays, a failed one is made again.
  const failed = jobs.filter((job) => hasCondition(job, 'Failed')).map(({ metadata }) => metadata.name);
  const there = jobs.map(({ metadata }) => metadata.name).filter((name) => !failed.includes(name));
  const own = foundation.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name);
  for (const name of own.filter((job) => failed.includes(job)))
    await kubectl.call(['delete', 'job', name], { isSafe: true });
  await kubectl.apply(foundation.filter(({ kind, metadata }) => kind !== 'Job' || !there.includes(metadata.name)));
}

/**
 * Expand only: until all pods are replaced, and after going back, the former build works on this schema.
 * @throws Refusal with the last lines of the Job's log
 */
async function migrate(kubectl: Kubectl, job: KubeObject, signal: AbortSignal): Promise<void> {
  const { name } = job.metadata;
  const former = await kubectl.find('job', name);
  if (former && hasCondition(former, 'Complete')) return;
  if (former) await kubectl.call(['delete', 'job', name, '--wait=true'], { isSafe: true });
  await kubectl.apply([job]);
  const giveUpAt = performance.now() + MIGRATION_MS;
  for (;;) {
    signal.throwIfAborted();
    const found = await kubectl.find('job', name);
    if (found && hasCondition(found, 'Complete')) return;
    const hasFailed = !found || hasCondition(found, 'Failed') || (await restartsOf(kubectl, name)) >= FAILURES_MAX;
    if (hasFailed || performance.now() > giveUpAt) {
      const log = await kubectl.call(['logs', `job/${name}`, '--tail=15', '--all-containers']).catch(() => '');
      await kubectl.remove('job', [name]);
      const why = hasFailed ? 'failed' : `did not end within ${MIGRATION_MS / 60_000} minutes`;
      throw new Refusal(`${log.trim()}\n\nThe migration ${why}. No pod was replaced.`.trim());
    }
    await delay(POLL_MS);
  }
}

async function restartsOf(kubectl: Kubectl, job: string): Promise<number> {
  const pods = await kubectl.list('pods', `batch.kubernetes.io/job-name=${job}`);
  const containers = pods.flatMap((pod) => {
    const { initContainerStatuses = [], containerStatuses = [] } = statusOf(pod);
    return [...initContainerStatuses, ...containerStatuses];
  });
  return containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

async function playStory(kubectl: Kubectl, { url }: Order, signal: AbortSignal): Promise<void> {
  const file = join(root, 'k8s/components/argo-blue-green/story.mjs'); // a Job of the cluster plays the same file
  const story = (await import(file)) as { playStory: (url: string, signal: AbortSignal) => Promise<void> };
  const play = (at: string) =>
    story.playStory(at, signal).catch((error: Error) => {
      throw new Refusal(error.message, { cause: error });
    });
  await (url ? play(url) : throughPort(kubectl, `service/${entrance}`, PORT, play));
}

async function wentBack(
  kubectl: Kubectl,
  former: Map<string, string>,
  { tag, deadlineS }: Order,
  { message }: Error,
): Promise<Refusal> {
  if (former.size === 0) return new Refusal(`${message}\n\nNothing served before. What was applied stays as it is.`);
  progress('It failed: going back');
  try {
    const names = await undo(kubectl, former, deadlineS);
    const what = names.length > 0 ? `${names.join(', ')} went back` : 'no Deployment had changed';
    return new Refusal(`${message}\n\n${tag} was not taken: ${what}, and the former release serves.`);
  } catch (error) {
    return new Refusal(
      `${message}\n\nGoing back failed too: ${(error as Error).message}\nLook at it: kubectl --namespace ${kubectl.namespace} rollout history deployment`,
    );
  }
}

function withDeadline(object: KubeObject, progressDeadlineSeconds: number): KubeObject {
  return { ...object, spec: { ...(object.spec as object), progressDeadlineSeconds } };
}
