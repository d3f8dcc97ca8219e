/** Releases on Kubernetes. The Deployments or Argo replace the pods. This command prepares the release, verifies it, and undoes it when it fails. */
import { join } from 'node:path';
import { root } from '../../root.ts';
import { entrance } from '../../services.ts';
import { Refusal, during, progress } from '../../terminal.ts';
import { listenForInterruption } from '../interruption.ts';
import { askArgo, untilPromoted } from './argo.ts';
import { enterArgo, leaveArgo } from './change-owner.ts';
import { applyAll, describeTrouble, revisionsOf, undo, untilRolledOut, verifyPods } from './deployments.ts';
import {
  KubectlError,
  hasCondition,
  imageOf,
  openKubectl,
  statusOf,
  until,
  type Kubectl,
  type KubeObject,
} from './kubectl.ts';
import { throughPort } from './port-forward.ts';
import { readOrder, type Order } from './read-order.ts';
import { isMigration, released, render } from './render.ts';

const PORT = 3000;
const MIGRATION_MS = 10 * 60_000;
/** A migration that fails so often has failed. Fewer failures can mean that PostgreSQL is still starting. */
const FAILURES_MAX = 4;

interface Stories {
  playStory: (url: string, signal: AbortSignal) => Promise<void>;
  playReadOnlyStory: (url: string, signal: AbortSignal, user?: { email: string; password: string }) => Promise<void>;
}

/** Runs `npm run release -- kubernetes …`. */
export async function releaseOnKubernetes(args: string[]): Promise<void> {
  const order = readOrder(args);
  const { namespace, objects } = await render(order.overlay, order.build, order.namespace);
  if (order.way === 'print') return console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const { signal, close } = listenForInterruption();
  const kubectl = openKubectl({ namespace, context: order.context, signal });
  const steady = openKubectl({ namespace, context: order.context }); // without the signal, which must not interrupt going back
  try {
    if (order.way === 'enter-argo') await enterArgo(steady, objects, order.deadlineS);
    else if (order.way === 'leave-argo') await leaveArgo(steady, objects, order.deadlineS);
    else await release(kubectl, steady, order, objects, signal);
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
  const byArgo = await during('Asking who owns the pods', () => askArgo(kubectl, objects));
  const former = await revisionsOf(kubectl, released);
  const workloads = objects.filter(({ kind, metadata }) => kind === 'Deployment' && released.includes(metadata.name));
  const foundation = objects.filter((object) => !workloads.includes(object));
  await during('Applying configuration, policies and stores', () => applyAll(kubectl, foundation));
  const migrations = objects.filter(isMigration).map(({ metadata }) => metadata.name);
  for (const name of migrations) await during(`Migrating (Job ${name})`, () => untilMigrated(kubectl, name));
  const names = workloads.map(({ metadata }) => metadata.name);
  try {
    await during(`Replacing the pods of ${names.join(', ')}`, async () => {
      await kubectl.apply(workloads.map((object) => withDeadline(object, order.deadlineS)));
      await untilReplaced(kubectl, names, byArgo, order.deadlineS, signal);
    });
    await verifyPods(kubectl, new Map(workloads.map((object) => [object.metadata.name, imageOf(object)])));
    await during('Playing the smoke story', () => playStory(kubectl, order, signal));
  } catch (error) {
    throw await wentBack(steady, former, byArgo, order, error as Error);
  }
  progress(`${order.build?.tag} serves`);
}

/**
 * Waits until a migration has ended. Migrations only add to the schema, so the former release works with the new schema.
 * @throws Refusal with the last lines of the Job's log
 */
async function untilMigrated(kubectl: Kubectl, name: string): Promise<void> {
  const pods = `batch.kubernetes.io/job-name=${name}`;
  const read = async () => {
    const [job, [pod]] = await Promise.all([kubectl.find('job', name), kubectl.list('pods', pods)]);
    if (job && hasCondition(job, 'Complete')) return true;
    const restarts = (pod && statusOf(pod).containerStatuses?.[0]?.restartCount) ?? 0;
    if (!job || hasCondition(job, 'Failed') || restarts >= FAILURES_MAX) throw new Refusal('The migration failed.');
    return false;
  };
  const late = () => new Refusal(`The migration did not end within ${MIGRATION_MS / 60_000} minutes.`);
  try {
    await until(MIGRATION_MS, read, late);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const trouble = await describeTrouble(kubectl, pods);
    await kubectl.remove('job', [name]);
    throw new Refusal(`${trouble}\n\n${error.message} No pod was replaced.`.trim());
  }
}

async function untilReplaced(
  kubectl: Kubectl,
  names: string[],
  byArgo: string[],
  deadlineS: number,
  signal?: AbortSignal,
): Promise<void> {
  const byDeployment = names.filter((name) => !byArgo.includes(name));
  await Promise.all([
    untilRolledOut(kubectl, byDeployment, deadlineS),
    byArgo.length > 0 && untilPromoted(kubectl, byArgo, signal),
  ]);
}

async function playStory(kubectl: Kubectl, { url, isReadOnly }: Order, signal: AbortSignal): Promise<void> {
  const file = join(root, 'k8s/components/argo-blue-green/story.mjs'); // Argo runs the same file in a Job of the cluster
  const { playStory: playFull, playReadOnlyStory } = (await import(file)) as Stories;
  const { STORY_EMAIL: email, STORY_PASSWORD: password } = process.env;
  const user = email && password ? { email, password } : undefined;
  const play = (at: string) =>
    (isReadOnly ? playReadOnlyStory(at, signal, user) : playFull(at, signal)).catch((error: Error) => {
      throw new Refusal(error.message, { cause: error });
    });
  await (url ? play(url) : throughPort(kubectl, `service/${entrance}`, PORT, play));
}

async function wentBack(
  kubectl: Kubectl,
  former: Map<string, string>,
  byArgo: string[],
  { build, deadlineS }: Order,
  { message }: Error,
): Promise<Refusal> {
  if (former.size === 0) return new Refusal(`${message}\n\nNo release served before. The applied objects stay.`);
  progress('The release failed: going back');
  try {
    const names = await undo(kubectl, former);
    await untilReplaced(
      kubectl,
      names,
      byArgo.filter((name) => names.includes(name)),
      deadlineS,
    );
    const what = names.length > 0 ? `${names.join(', ')} went back` : 'no Deployment had changed';
    return new Refusal(`${message}\n\n${build?.tag} is not in service: ${what}, and the former release serves.`);
  } catch (error) {
    return new Refusal(
      `${message}\n\nGoing back failed too: ${(error as Error).message}\nTo inspect the Deployments: kubectl --namespace ${kubectl.namespace} rollout history deployment`,
    );
  }
}

function withDeadline(object: KubeObject, progressDeadlineSeconds: number): KubeObject {
  return { ...object, spec: { ...(object.spec as object), progressDeadlineSeconds } };
}
