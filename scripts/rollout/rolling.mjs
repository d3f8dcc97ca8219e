// @ts-check
/** Pods replaced by and by. The Deployments do it; here it is prepared, looked at, and undone where it fails. */
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { applyFoundation, migrate } from './apply-plan.mjs';
import { currentReplicaSets, undo, untilRolledOut } from './deployments.mjs';
import { buildOf, readJournal, writeJournal } from './journal.mjs';
import { services } from './objects.mjs';
import { verifyFront } from './verify.mjs';

const UNDER_WAY = new Set(['rolling', 'going back']);

/** @typedef {import('./kubectl.mjs').Kubectl} Kubectl */
/** @typedef {import('./journal.mjs').Journal} Journal */

/**
 * @typedef {object} Work
 * @property {Kubectl} kubectl ends with the order
 * @property {Kubectl} steady does not: for going back
 * @property {import('./arguments.mjs').Order} order
 * @property {AbortSignal} signal
 */

/**
 * @param {Work} work
 * @param {import('./objects.mjs').Plan} plan
 * @throws Refusal that says why it was undone
 */
export async function rolling(work, plan) {
  const { kubectl, order, signal } = work;
  const former = wayBack(await readJournal(kubectl), await currentReplicaSets(kubectl, [...services]));
  await applyFoundation(kubectl, plan);
  await migrate(kubectl, plan, signal);
  const journal = { strategy: /** @type {const} */ ('rolling'), ...buildOf(order), revisions: former };
  await writeJournal(kubectl, { ...journal, phase: 'rolling' });
  try {
    await kubectl.apply([...plan.entrances, ...plan.workloads, ...plan.scalers]);
    await untilRolledOut(kubectl, [...services], order.deadlineS);
    await verifyFront(work);
  } catch (error) {
    throw await backAgain(work, journal, error);
  }
  await writeJournal(kubectl, { ...journal, phase: 'done' });
  progress(`${order.tag} serves`);
}

/**
 * Where a roll-out was killed, what served before *it* is what is known to be good.
 * @param {Journal | undefined} journal
 * @param {Record<string, string>} now
 * @returns {Record<string, string>} a ReplicaSet by Deployment
 */
export function wayBack(journal, now) {
  return journal && UNDER_WAY.has(journal.phase) ? { ...now, ...journal.revisions } : now;
}

/**
 * @param {Work} work
 * @param {Pick<Journal, 'strategy' | 'tag' | 'digests' | 'revisions'>} journal
 * @param {unknown} cause
 * @returns {Promise<Error>} what to tell the user
 */
async function backAgain({ steady, order }, journal, cause) {
  const why = cause instanceof Error ? cause.message : String(cause);
  if (Object.keys(journal.revisions ?? {}).length === 0) {
    return new Refusal(`${why}\n\nNothing served before: what was applied is left as it is.`);
  }
  progress('It failed: going back');
  try {
    await writeJournal(steady, { ...journal, phase: 'going back', reason: why });
    const names = await undo(steady, journal.revisions ?? {}, order.deadlineS);
    await writeJournal(steady, { ...journal, phase: 'undone', reason: why });
    const what = names.length > 0 ? `${names.join(', ')} went back` : 'nothing had changed';
    return new Refusal(`${why}\n\n${order.tag} was not taken: ${what}, and what served before serves.`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new Refusal(`${why}\n\nGoing back failed too: ${reason}\nTry again by: npm run rollout -- abort`);
  }
}

/**
 * Ends a roll-out that was killed under way.
 * @param {Work} work
 * @param {Journal} journal
 */
export async function abortRolling({ kubectl, order }, journal) {
  if (!UNDER_WAY.has(journal.phase))
    throw new Refusal(`Nothing is under way: ${journal.tag} is ${journal.phase}. Another tag is another roll-out.`);
  const names = await undo(kubectl, journal.revisions ?? {}, order.deadlineS);
  await writeJournal(kubectl, { ...journal, phase: 'undone', reason: 'abort' });
  progress(names.length > 0 ? `${names.join(', ')} went back` : 'Nothing had changed');
}
