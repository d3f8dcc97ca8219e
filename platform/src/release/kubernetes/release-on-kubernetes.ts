/** Releases on Kubernetes, and undoes a failed release. Argo or the Deployments replace the pods. */
import { join } from 'node:path';
import { root } from '../../root.ts';
import { entrance } from '../../services.ts';
import { Refusal, during, progress } from '../../terminal.ts';
import { until } from '../../until.ts';
import { interruption } from '../interruption.ts';
import { askArgo, untilPromoted } from './argo.ts';
import { enterArgo, leaveArgo } from './change-owner.ts';
import { applyAll, describeTrouble, revisionsOf, undo, untilRolledOut, verifyPods } from './deployments.ts';
import { hasCondition, imageOf, namesOf, openKubectl, statusOf, type Kubectl, type KubeObject } from './kubectl.ts';
import { throughPort } from './port-forward.ts';
import { readOrder, type Order } from './read-order.ts';
import { isMigration, released, render } from './render.ts';

const PORT = 3000;
const MIGRATION_MS = 10 * 60_000;
/** Number of failures after which a migration has failed. Fewer failures are normal while PostgreSQL starts. */
const FAILURES_MAX = 4;

export async function releaseOnKubernetes(args: string[]): Promise<void> {
  const order = readOrder(args);
  const { namespace, objects } = await render(order.overlay, order.build);
  const signal = interruption();
  // Ctrl-C must not interrupt an undo or a change of the owner, so `steady` does not use the AbortSignal of Ctrl-C.
  const steady = openKubectl({ namespace, context: order.context });
  if (order.way === 'enter-argo') await enterArgo(steady, objects, order.deadlineS);
  else if (order.way === 'leave-argo') await leaveArgo(steady, objects, order.deadlineS);
  else await release(steady, order, objects, signal);
}

async function release(steady: Kubectl, order: Order, objects: KubeObject[], signal: AbortSignal): Promise<void> {
  const { build, context, deadlineS } = order;
  const kubectl = openKubectl({ namespace: steady.namespace, context, signal });
  const byArgo = await during('Asking who owns the pods', () => askArgo(kubectl, objects));
  const former = await revisionsOf(kubectl, released);
  const workloads = objects.filter(({ kind, metadata }) => kind === 'Deployment' && released.includes(metadata.name));
  const foundation = objects.filter((object) => !workloads.includes(object));
  await during('Applying configuration, policies and stores', () => applyAll(kubectl, foundation));
  for (const name of namesOf(objects.filter(isMigration)))
    await during(`Migrating (Job ${name})`, () => untilMigrated(kubectl, name));
  const names = namesOf(workloads);
  try {
    await during(`Replacing the pods of ${names.join(', ')}`, async () => {
      await kubectl.apply(workloads);
      await untilReplaced(kubectl, names, byArgo, deadlineS);
    });
    await verifyPods(kubectl, new Map(workloads.map((object) => [object.metadata.name, imageOf(object)])));
    await during('Playing the smoke story', () => playStory(kubectl, order, signal));
  } catch (error) {
    const after = await goBack(steady, former, byArgo, deadlineS);
    throw new Refusal(`${(error as Error).message}\n\n${build?.tag} is not in service: ${after}`);
  }
  progress(`${build?.tag} serves`);
}

/** Waits for a migration. Migrations only add to the schema, so the former release works with the new schema. */
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
    await until(late, read, { timeoutMs: MIGRATION_MS, everyMs: 1_000 });
  } catch (error) {
    const trouble = await describeTrouble(kubectl, pods);
    await kubectl.remove('job', [name]);
    throw new Refusal(`${trouble}\n\n${(error as Error).message} No pod was replaced.`.trim());
  }
}

async function untilReplaced(kubectl: Kubectl, names: string[], byArgo: string[], deadlineS: number): Promise<void> {
  const byDeployment = names.filter((name) => !byArgo.includes(name));
  const promoted = byArgo.length > 0 && untilPromoted(kubectl, byArgo);
  await Promise.all([untilRolledOut(kubectl, byDeployment, deadlineS), promoted]);
}

async function playStory(kubectl: Kubectl, { url, isReadOnly }: Order, signal: AbortSignal): Promise<void> {
  const file = join(root, 'k8s/components/argo-blue-green/story.mjs'); // Argo runs the same file in a Job of the cluster
  const { playStory: playFull, playReadOnlyStory } = (await import(file)) as Record<string, Story>;
  const { STORY_EMAIL: email, STORY_PASSWORD: password } = process.env;
  const user = email && password ? { email, password } : undefined;
  const play = (at: string) => (isReadOnly ? playReadOnlyStory : playFull)!(at, signal, user);
  await (url ? play(url) : throughPort(kubectl, `service/${entrance}`, PORT, play));
}

type Story = (url: string, signal: AbortSignal, user?: { email: string; password: string }) => Promise<void>;

/** @returns a sentence that says which release serves now */
async function goBack(kubectl: Kubectl, former: Map<string, string>, byArgo: string[], deadlineS: number) {
  if (former.size === 0) return 'no release served before. The applied objects stay.';
  progress('The release failed: going back');
  try {
    const names = await undo(kubectl, former);
    const argos = byArgo.filter((name) => names.includes(name));
    await untilReplaced(kubectl, names, argos, deadlineS);
    const what = names.length > 0 ? `${names.join(', ')} went back` : 'no Deployment had changed';
    return `${what}, and the former release serves.`;
  } catch (error) {
    return `going back failed too. ${(error as Error).message}\nTo inspect it: kubectl --namespace ${kubectl.namespace} rollout history deployment`;
  }
}
