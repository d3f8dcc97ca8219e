// @ts-check
/** A canary that Argo Rollouts takes step by step, and that Prometheus judges. Here: begin it, watch it, and bring the specification back where it was aborted. */
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal, during, progress } from '../../platform/src/terminal.ts';
import { applyFoundation, migrate } from './apply-plan.mjs';
import { currentReplicaSets, undo, untilRolledOut } from './deployments.mjs';
import { buildOf, readJournal, writeJournal } from './journal.mjs';
import { services } from './objects.mjs';
import { wayBack } from './rolling.mjs';
import { verifyFront } from './verify.mjs';

const POLL_MS = 2_000;
/** Argo's own deadlines and analyses end far earlier. */
const LONGEST_MS = 3 * 3_600_000;

/** @typedef {import('./rolling.mjs').Work} Work */
/** @typedef {import('./objects.mjs').Plan} Plan */
/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */
/** @typedef {import('./journal.mjs').Journal} Journal */
/** @typedef {{ name: string, state: 'healthy' | 'aborted' | 'under way', detail: string }} Standing */

/** Whether the overlay leaves the services to Argo. @param {Plan} plan */
export function isArgo({ workloads }) {
  return workloads.some(({ kind }) => kind === 'Rollout');
}

/** @param {Work} work @param {Plan} plan */
export async function argoCanary(work, plan) {
  const { kubectl, steady, order, signal } = work;
  const former = wayBack(await readJournal(kubectl), await currentReplicaSets(kubectl, [...services]));
  const names = rolloutsOf(plan);
  await applyFoundation(kubectl, plan);
  await migrate(kubectl, plan, signal);
  const journal = {
    strategy: /** @type {const} */ ('canary'),
    engine: /** @type {const} */ ('argo'),
    ...buildOf(order),
    revisions: former,
  };
  await writeJournal(kubectl, { ...journal, phase: 'rolling' });
  try {
    await takeOver(work, plan, names);
    await kubectl.apply([...plan.entrances, ...plan.workloads, ...plan.scalers]);
    await during(`Argo takes ${names.join(', ')} step by step`, () => untilHealthy(work, names));
    // Where nothing was there before, the API server gave each Deployment a pod.
    await retireDeployments(kubectl, names);
    const others = services.filter((service) => !names.includes(service));
    await untilRolledOut(kubectl, others, order.deadlineS);
    await verifyFront(work);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await goBack({ ...work, kubectl: steady }, names, { ...journal, phase: 'going back', reason: why });
    throw new Refusal(
      `${why}\n\n${order.tag} was not taken: the stable pods serve, and the Rollouts are what they were.`,
      { cause: error },
    );
  }
  await writeJournal(kubectl, { ...journal, phase: 'done' });
  progress(`${order.tag} serves`);
}

/**
 * The first time, Rollouts grow beside the pods that the Deployments have, at their present tag, and only then are those brought to 0.
 * @param {Work} work
 * @param {Plan} plan
 * @param {string[]} names
 */
async function takeOver({ kubectl, order, signal }, plan, names) {
  const deployments = (await kubectl.list('deployments')).filter(
    ({ metadata, spec }) => names.includes(metadata.name) && spec.replicas > 0,
  );
  if (deployments.length === 0) return;
  const there = deployments.map(({ metadata }) => metadata.name);
  const counts = new Map(deployments.map(({ metadata, spec }) => [metadata.name, spec.replicas]));
  progress(`Argo takes over ${there.join(', ')}, as they are`);
  await kubectl.apply(
    plan.workloads.filter(({ kind, metadata }) => kind === 'Rollout' && there.includes(metadata.name)),
  );
  for (const name of there) {
    await kubectl.call(['scale', 'rollouts.argoproj.io', name, `--replicas=${counts.get(name)}`], { isSafe: true });
  }
  const giveUpAt = performance.now() + order.deadlineS * 1_000;
  await during('Waiting for its pods', async () => {
    for (;;) {
      signal.throwIfAborted();
      const rollouts = await kubectl.list('rollouts.argoproj.io');
      const late = rollouts.filter(
        ({ metadata, status }) => (status?.availableReplicas ?? 0) < (counts.get(metadata.name) ?? 0),
      );
      if (late.length === 0) return;
      if (performance.now() > giveUpAt)
        throw new Refusal(`${late.map(({ metadata }) => metadata.name).join(', ')} did not become ready under Argo.`);
      await delay(POLL_MS);
    }
  });
  await kubectl.apply(plan.scalers);
  await retireDeployments(kubectl, there);
}

/** They stay as templates, without pods. @param {import('./kubectl.mjs').Kubectl} kubectl @param {string[]} names */
async function retireDeployments(kubectl, names) {
  await kubectl.call(['scale', 'deployment', ...names, '--replicas=0'], { isSafe: true });
}

/** @param {Plan} plan */
function rolloutsOf({ workloads }) {
  return workloads.filter(({ kind }) => kind === 'Rollout').map(({ metadata }) => metadata.name);
}

/** @param {Work} work @param {string[]} names @throws Refusal where one was aborted */
async function untilHealthy({ kubectl, signal }, names) {
  const giveUpAt = performance.now() + LONGEST_MS;
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    const [rollouts, deployments] = await Promise.all([
      kubectl.list('rollouts.argoproj.io'),
      kubectl.list('deployments'),
    ]);
    const standings = names.map((name) => standingOf(rollouts.find(named(name)), deployments.find(named(name)), name));
    const now = standings.map(({ name, detail }) => `${name} ${detail}`).join('; ');
    if (now !== said) progress((said = now));
    const aborted = standings.filter(({ state }) => state === 'aborted');
    if (aborted.length > 0) throw new Refusal(aborted.map(({ name, detail }) => `${name}: ${detail}`).join('\n'));
    if (standings.every(({ state }) => state === 'healthy')) return;
    if (performance.now() > giveUpAt) throw new Refusal(`Argo did not come to an end: ${now}`);
    await delay(POLL_MS);
  }
}

/** @param {string} name @returns {(object: KubeObject) => boolean} */
function named(name) {
  return ({ metadata }) => metadata.name === name;
}

/**
 * What Argo says of a Rollout, once it has seen the Deployment that it refers to as it is now.
 * @param {KubeObject | undefined} rollout
 * @param {KubeObject | undefined} deployment
 * @param {string} name
 * @returns {Standing}
 */
export function standingOf(rollout, deployment, name) {
  const status = rollout?.status ?? {};
  const hasSeen =
    Number(status.observedGeneration ?? -1) >= Number(rollout?.metadata['generation']) &&
    Number(status.workloadObservedGeneration ?? -1) >= Number(deployment?.metadata['generation']);
  if (!hasSeen) return { name, state: 'under way', detail: 'waits for Argo' };
  if (status.abort || status.phase === 'Degraded')
    return { name, state: 'aborted', detail: `aborted by Argo: ${status.message ?? 'no reason given'}` };
  if (status.phase === 'Healthy' && status.currentPodHash === status.stableRS)
    return { name, state: 'healthy', detail: 'healthy' };
  const steps = rollout?.spec.strategy.canary?.steps?.length ?? 0;
  return { name, state: 'under way', detail: `step ${status.currentStepIndex ?? 0} of ${steps}` };
}

/**
 * Argo has led everybody back already; the others are aborted too, and the Deployments get the template that serves, so that nothing is left to begin anew.
 * @param {Work} work
 * @param {string[]} names
 * @param {Omit<Journal, 'changedAt'>} journal
 */
async function goBack({ kubectl, order }, names, journal) {
  progress('Going back');
  await writeJournal(kubectl, journal);
  for (const rollout of await kubectl.list('rollouts.argoproj.io')) {
    if (!names.includes(rollout.metadata.name) || rollout.status?.phase === 'Healthy') continue;
    await setStatus(kubectl, rollout.metadata.name, { abort: true });
  }
  await undo(kubectl, journal.revisions ?? {}, order.deadlineS);
  await writeJournal(kubectl, { ...journal, phase: 'undone' });
}

/** As Argo's own command does it. @param {import('./kubectl.mjs').Kubectl} kubectl @param {string} name @param {object} status */
async function setStatus(kubectl, name, status) {
  await kubectl.call(
    [
      'patch',
      'rollouts.argoproj.io',
      name,
      '--subresource=status',
      '--type=merge',
      `--patch=${JSON.stringify({ status })}`,
    ],
    { isSafe: true },
  );
}

/** Everybody gets the canary now, whatever the analysis would still have asked. @param {Work} work @param {Plan} plan @param {Journal} journal */
export async function promoteArgo(work, plan, journal) {
  if (journal.phase !== 'rolling')
    throw new Refusal(`There is nothing to promote: ${journal.tag} is ${journal.phase}.`);
  const names = rolloutsOf(plan);
  for (const name of names) await setStatus(work.kubectl, name, { promoteFull: true });
  await untilHealthy(work, names);
  await writeJournal(work.kubectl, { ...journal, phase: 'done' });
  progress(`${journal.tag} serves`);
}

/** @param {Work} work @param {Plan} plan @param {Journal} journal */
export async function abortArgo(work, plan, journal) {
  if (!['rolling', 'going back'].includes(journal.phase))
    throw new Refusal(`There is nothing to abort: ${journal.tag} is ${journal.phase}.`);
  await goBack(work, rolloutsOf(plan), { ...journal, phase: 'going back', reason: 'abort' });
  progress('The stable pods serve, and the canary is gone');
}
