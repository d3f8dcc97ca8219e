// @ts-check
/** A share of the pods, beside those that serve and behind the same Services. A person looks, and promotes or aborts. */
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { applyFoundation, migrate } from './apply-plan.mjs';
import { nameOn } from './colours.mjs';
import { untilDrained, untilRolledOut } from './deployments.mjs';
import { buildOf, readJournal, writeJournal } from './journal.mjs';
import { PLAIN, TRACK, services } from './objects.mjs';
import { rolling } from './rolling.mjs';
import { refuseColours } from './sets.mjs';
import { podCounts, unpin } from './tracks.mjs';
import { verifyGateways } from './verify.mjs';

const CANARY = 'canary';

/** @typedef {import('./rolling.mjs').Work} Work */
/** @typedef {import('./objects.mjs').Plan} Plan */
/** @typedef {import('./journal.mjs').Journal} Journal */

/** So many pods beside `stable` ones come nearest to the share, and at least one. @param {number} stable @param {number} percent */
export function canaryPods(stable, percent) {
  return Math.max(1, Math.round((stable * percent) / (100 - percent)));
}

/**
 * Deployments of the canary: behind the same Services, with a selector of their own.
 * @param {Plan} plan
 * @returns {import('./kubectl.mjs').KubeObject[]}
 */
export function canaryOf(plan) {
  return plan.workloads.map((object) => {
    const copy = structuredClone(object);
    copy.metadata.name = nameOn(copy.metadata.name, CANARY);
    copy.metadata.labels = { ...copy.metadata.labels, [TRACK]: CANARY };
    copy.spec.selector.matchLabels[TRACK] = CANARY;
    copy.spec.template.metadata.labels[TRACK] = CANARY;
    return copy;
  });
}

/** @param {Work} work @param {Plan} plan */
export async function canary(work, plan) {
  const { kubectl, steady, order, signal } = work;
  await refuseColours(kubectl);
  const former = await readJournal(kubectl);
  if (former?.strategy === 'canary' && former.phase === 'serving a share' && former.tag !== order.tag) {
    throw new Refusal(`The canary of ${former.tag} serves a share already: promote or abort it first.`);
  }
  const journal = { strategy: /** @type {const} */ ('canary'), ...buildOf(order) };
  await writeJournal(kubectl, { ...journal, phase: 'preparing' });
  await applyFoundation(kubectl, plan);
  await migrate(kubectl, plan, signal);
  await unpin(kubectl);
  const stable = await podCounts(kubectl, PLAIN);
  const names = services.map((service) => nameOn(service, CANARY));
  try {
    await kubectl.apply(canaryOf(plan));
    for (const service of services) {
      const count = canaryPods(stable[service] ?? 1, order.share);
      await kubectl.call(['scale', 'deployment', nameOn(service, CANARY), `--replicas=${count}`], { isSafe: true });
    }
    await untilRolledOut(kubectl, names, order.deadlineS);
    await verifyGateways(work, CANARY);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await removeCanary(steady);
    await writeJournal(steady, { ...journal, phase: 'refused', reason: why });
    throw new Refusal(`${why}\n\nThe canary is removed; what served before serves.`, { cause: error });
  }
  await writeJournal(kubectl, { ...journal, phase: 'serving a share' });
  const shares = services.map((service) => {
    const count = canaryPods(stable[service] ?? 1, order.share);
    return `${service} ${count} of ${count + (stable[service] ?? 1)} pods`;
  });
  progress(`${order.tag} serves a share: ${shares.join(', ')}. Look at it, then: npm run rollout -- promote, or abort`);
}

/** Everybody gets the canary's tag, pod by pod; the canary goes when they have it. @param {Work} work @param {Plan} plan @param {Journal} journal */
export async function promoteCanary(work, plan, journal) {
  if (journal.phase !== 'serving a share')
    throw new Refusal(`There is nothing to promote: the canary of ${journal.tag} is ${journal.phase}.`);
  await rolling(work, plan);
  await removeCanary(work.kubectl);
}

/** @param {Work} work @param {Journal} journal */
export async function abortCanary({ kubectl }, journal) {
  await removeCanary(kubectl);
  await writeJournal(kubectl, { ...journal, phase: 'aborted', reason: 'abort' });
  progress('The canary is gone; what served before serves');
}

/** @param {import('./kubectl.mjs').Kubectl} kubectl @throws Refusal while one serves a share */
export async function refuseCanary(kubectl) {
  const journal = await readJournal(kubectl);
  if (journal?.strategy !== 'canary' || journal.phase !== 'serving a share') return;
  throw new Refusal(`The canary of ${journal.tag} serves a share: promote or abort it first.`);
}

/** Its pods drain. @param {import('./kubectl.mjs').Kubectl} kubectl */
async function removeCanary(kubectl) {
  const names = services.map((service) => nameOn(service, CANARY));
  await kubectl.remove('deployment', names);
  await untilDrained(kubectl, names);
}
