// @ts-check
/** From what was typed to its end: who may, what is there, and which way. */
import { Refusal, progress, runCommand } from '../../platform/src/terminal.ts';
import { readOrder } from './arguments.mjs';
import { abortArgo, argoCanary, isArgo, promoteArgo } from './argo-canary.mjs';
import { abortBlueGreen, blueGreen, promoteBlueGreen } from './blue-green.mjs';
import { abortCanary, canary, promoteCanary, refuseCanary } from './canary.mjs';
import { listenForInterruption } from './interruption.mjs';
import { buildOf, readJournal } from './journal.mjs';
import { KubectlError, openKubectl } from './kubectl.mjs';
import { takeLease } from './lease.mjs';
import { planOf } from './objects.mjs';
import { render } from './render.mjs';
import { abortRolling, rolling } from './rolling.mjs';
import { refuseColours } from './sets.mjs';
import { describe } from './status.mjs';

/** @typedef {import('./arguments.mjs').Order} Order */
/** @typedef {import('./rolling.mjs').Work} Work */

/** @param {string[]} args */
export function runRollout(args) {
  return runCommand(() => readably(() => run(readOrder(args))));
}

/** What kubectl says is for people: no stack below it. @param {() => Promise<void>} work */
async function readably(work) {
  try {
    await work();
  } catch (error) {
    throw error instanceof KubectlError ? new Refusal(error.message, { cause: error }) : error;
  }
}

/** @param {Order} order */
async function run(order) {
  const { namespace, objects } = await render(order.overlay, order);
  const interruption = listenForInterruption();
  const { signal } = interruption;
  const kubectl = openKubectl({ namespace, context: order.context, signal });
  const steady = openKubectl({ namespace, context: order.context });
  if (order.verb === 'status') return console.log(await describe(kubectl));
  await makeNamespace(kubectl, objects);
  const lease = await takeLease(steady, { lost: interruption.end });
  try {
    await follow({ kubectl, steady, order, signal }, objects);
  } finally {
    await lease.release();
    interruption.close();
  }
}

/** The lease lives in the namespace, so that is there first. @param {import('./kubectl.mjs').Kubectl} kubectl @param {import('./kubectl.mjs').KubeObject[]} objects */
async function makeNamespace(kubectl, objects) {
  if (await kubectl.find('namespace', kubectl.namespace)) return;
  const own = objects.filter(({ kind }) => kind === 'Namespace');
  if (own.length === 0) throw new Refusal(`There is no namespace ${kubectl.namespace}, and the overlay brings none.`);
  progress(`Making the namespace ${kubectl.namespace}`);
  await kubectl.apply(own);
}

/**
 * What is promoted or aborted, and which tag it is about, stands in the cluster.
 * @param {Work} work
 * @param {import('./kubectl.mjs').KubeObject[]} objects
 */
async function follow(work, objects) {
  const { verb } = work.order;
  if (verb !== 'promote' && verb !== 'abort') return begin(work, planOf(objects, work.order));
  const journal = await readJournal(work.kubectl);
  if (!journal) throw new Refusal('Nothing was rolled out here yet.');
  const same = { ...work, order: { ...work.order, ...buildOf(journal) } };
  const plan = planOf(objects, same.order);
  const isPromoted = verb === 'promote';
  if (journal.engine === 'argo') return isPromoted ? promoteArgo(same, plan, journal) : abortArgo(same, plan, journal);
  if (journal.strategy === 'canary')
    return isPromoted ? promoteCanary(same, plan, journal) : abortCanary(same, journal);
  if (journal.strategy === 'blue-green') {
    return isPromoted ? promoteBlueGreen(same, plan, journal) : abortBlueGreen(same, plan, journal);
  }
  if (verb === 'abort') return abortRolling(same, journal);
  throw new Refusal('A rolling update goes on by itself: run it again if it was killed.');
}

/** @param {Work} work @param {import('./objects.mjs').Plan} plan */
async function begin(work, plan) {
  const { verb } = work.order;
  if (isArgo(plan)) {
    if (verb === 'canary') return argoCanary(work, plan);
    throw new Refusal('This overlay leaves the services to Argo Rollouts: npm run rollout -- canary');
  }
  if (verb === 'blue-green') return blueGreen(work, plan);
  if (verb === 'canary') return canary(work, plan);
  await refuseColours(work.kubectl);
  await refuseCanary(work.kubectl);
  return rolling(work, plan);
}
