// @ts-check
/** Deployments as they stand in the cluster: waiting for them, and the way back. */
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal, during } from '../../platform/src/terminal.ts';
import { KubectlError } from './kubectl.mjs';

/** kube's own deadline speaks first; this one is for a controller that says nothing. */
const MARGIN_S = 60;
const REVISION = 'deployment.kubernetes.io/revision';
const GONE_MS = 120_000;
const POLL_MS = 1_000;

/** @typedef {import('./kubectl.mjs').Kubectl} Kubectl */
/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */

/**
 * Waits until each has its new pods, all of them available, and no other.
 * @param {Kubectl} kubectl
 * @param {string[]} names
 * @param {number} deadlineS
 * @throws Refusal that says which pods do not become ready, and why
 */
export async function untilRolledOut(kubectl, names, deadlineS) {
  await during(`Waiting for ${names.join(', ')}`, async () => {
    const waiting = names.map((name) =>
      kubectl.call(['rollout', 'status', `deployment/${name}`, `--timeout=${deadlineS + MARGIN_S}s`], {
        timeoutMs: (deadlineS + 2 * MARGIN_S) * 1_000,
        isSafe: true,
      }),
    );
    const results = await Promise.allSettled(waiting);
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return;
    if (!(failed.reason instanceof KubectlError)) throw failed.reason;
    const late = names.filter((_, at) => results[at]?.status === 'rejected');
    throw new Refusal(
      `${await describeTrouble(kubectl, late)}\n\n${late.join(', ')} did not become ready: ${failed.reason.output.trim()}.`,
    );
  });
}

/**
 * Waits until no pod of an older template is left, draining ones included: then nobody is connected to the old build any more.
 * @param {Kubectl} kubectl
 * @param {string[]} names
 */
export async function untilDrained(kubectl, names) {
  const giveUpAt = performance.now() + GONE_MS;
  await during(`Waiting for the old pods of ${names.join(', ')} to drain`, async () => {
    while (performance.now() < giveUpAt) {
      const pods = await kubectl.list('pods', 'app.kubernetes.io/part-of=mainstay');
      if (!pods.some((pod) => pod.metadata.deletionTimestamp && names.includes(deploymentOf(pod)))) return;
      await delay(POLL_MS);
    }
  });
}

/** @param {KubeObject} pod @returns {string} the name of its Deployment */
export function deploymentOf({ metadata }) {
  const owner =
    (metadata.ownerReferences ?? []).find((/** @type {{ kind: string }} */ { kind }) => kind === 'ReplicaSet')?.name ??
    '';
  return owner.replace(/-[a-z0-9]+$/, '');
}

/**
 * The ReplicaSet that each of these Deployments runs now. A name, because the number of a revision changes when one goes back to it.
 * @param {Kubectl} kubectl
 * @param {string[]} names
 * @returns {Promise<Record<string, string>>} without those that do not exist
 */
export async function currentReplicaSets(kubectl, names) {
  const [deployments, sets] = await Promise.all([kubectl.list('deployments'), kubectl.list('replicasets')]);
  return Object.fromEntries(
    deployments
      .filter(({ metadata }) => names.includes(metadata.name))
      .flatMap((deployment) => {
        const current = sets.find((set) => isCurrent(set, deployment));
        return current ? [[deployment.metadata.name, current.metadata.name]] : [];
      }),
  );
}

/** @param {KubeObject} set @param {KubeObject} deployment */
function isCurrent(set, deployment) {
  const isOwned = (set.metadata.ownerReferences ?? []).some(
    (/** @type {{ uid: string }} */ { uid }) => uid === deployment.metadata.uid,
  );
  return isOwned && set.metadata.annotations?.[REVISION] === deployment.metadata.annotations?.[REVISION];
}

/**
 * Brings those that have changed since back to the ReplicaSets they had, and waits for them.
 * @param {Kubectl} kubectl
 * @param {Record<string, string>} former by Deployment
 * @param {number} deadlineS
 * @returns {Promise<string[]>} the Deployments that went back
 */
export async function undo(kubectl, former, deadlineS) {
  const now = await currentReplicaSets(kubectl, Object.keys(former));
  const changed = Object.keys(former).filter((name) => now[name] !== former[name]);
  const sets = await kubectl.list('replicasets');
  for (const name of changed) {
    const revision = sets.find(({ metadata }) => metadata.name === former[name])?.metadata.annotations?.[REVISION];
    if (!revision) throw new Refusal(`${name} has no revision ${former[name]} left to go back to.`);
    await kubectl.call(['rollout', 'undo', `deployment/${name}`, `--to-revision=${revision}`], { isSafe: true });
  }
  if (changed.length > 0) await untilRolledOut(kubectl, changed, deadlineS);
  return changed;
}

/**
 * The pods that are not ready, with the cluster's reason or the last lines that they wrote.
 * @param {Kubectl} kubectl
 * @param {string[]} names of Deployments
 */
async function describeTrouble(kubectl, names) {
  const pods = (await kubectl.list('pods', 'app.kubernetes.io/part-of=mainstay')).filter(
    (pod) => names.includes(deploymentOf(pod)) && !pod.metadata.deletionTimestamp && !isReady(pod),
  );
  const lines = pods.slice(0, 4).map(async (pod) => {
    const reason = reasonOf(pod);
    const said = await kubectl.call(['logs', pod.metadata.name, '--tail=4']).catch(() => '');
    return `  ${pod.metadata.name}: ${reason}\n${said.trimEnd().replaceAll(/^/gm, '    ').slice(0, 1_500)}`;
  });
  return (await Promise.all(lines)).join('\n');
}

/** @param {KubeObject} pod */
export function isReady({ status }) {
  return (status?.conditions ?? []).some(
    (/** @type {{ type: string, status: string }} */ { type, status: is }) => type === 'Ready' && is === 'True',
  );
}

/** @param {KubeObject} pod @returns {string} */
function reasonOf({ status }) {
  const states = (status?.containerStatuses ?? []).map((/** @type {{ state: any }} */ { state }) => state);
  const waiting = states.find((/** @type {any} */ state) => state.waiting)?.waiting;
  if (waiting) return [waiting.reason, waiting.message].filter(Boolean).join(': ');
  const unscheduled = (status?.conditions ?? []).find(
    (/** @type {{ type: string, status: string }} */ one) => one.type === 'PodScheduled' && one.status === 'False',
  );
  return unscheduled?.message ?? 'runs, but is not ready';
}
