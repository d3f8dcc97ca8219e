// @ts-check
/** The other colour of the whole set beside the one that serves; verified, then switched to by a selector; the old one stays warm as the way back. */
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { applyFoundation, migrate } from './apply-plan.mjs';
import { colours, hasSwitched, idleTrack, nameOn, setOn } from './colours.mjs';
import { currentReplicaSets, undo, untilRolledOut } from './deployments.mjs';
import { buildOf, readJournal, writeJournal } from './journal.mjs';
import { PLAIN, services } from './objects.mjs';
import { buildOn, moveScaling, removeSets, restartDoors } from './sets.mjs';
import { leadClients, liveTrack, pinPlain, podCounts, readyPods, unpin } from './tracks.mjs';
import { verifyFront, verifyGateways } from './verify.mjs';

/** Why a journal leads the other way. */
const BACK = 'abort';

/** @typedef {import('./rolling.mjs').Work} Work */
/** @typedef {import('./objects.mjs').Plan} Plan */
/** @typedef {import('./journal.mjs').Journal} Journal */

/**
 * @param {Work} work
 * @param {Plan} plan
 * @throws Refusal that says why, and what serves
 */
export async function blueGreen(work, plan) {
  const { kubectl, order } = work;
  const former = await readJournal(kubectl);
  if (former && hasSwitched(former, order.tag)) {
    progress('It had begun to switch when it was killed: finishing');
    return switchOver(work, plan, former);
  }
  const from = await liveTrack(kubectl);
  const to = idleTrack(from, order.plain);
  const journal = { strategy: /** @type {const} */ ('blue-green'), ...buildOf(order), from, to };
  await prepare(work, plan, journal);
  await writeJournal(kubectl, { ...journal, phase: 'verified' });
  if (order.hold)
    return progress(`${order.tag} is ${to}, verified, and serves nobody yet: npm run rollout -- promote, or abort`);
  await switchOver(work, plan, journal);
}

/**
 * Nobody is led to what is made here.
 * @param {Work} work
 * @param {Plan} plan
 * @param {Pick<Journal, 'strategy' | 'tag' | 'digests' | 'from' | 'to'> & { from: string, to: string }} journal
 */
async function prepare(work, plan, journal) {
  const { kubectl, steady, order, signal } = work;
  const { from, to } = journal;
  await writeJournal(kubectl, { ...journal, phase: 'preparing' });
  await applyFoundation(kubectl, plan);
  await migrate(kubectl, plan, signal);
  if (from === PLAIN) await pinPlain(kubectl);
  await removeSets(
    kubectl,
    [PLAIN, ...colours].filter((track) => track !== from && track !== to),
  );
  const names = services.map((service) => nameOn(service, to));
  const before = await currentReplicaSets(kubectl, names);
  try {
    const counts = await podCounts(kubectl, from);
    await kubectl.apply([...plan.entrances, ...setOn(plan, to)]);
    for (const service of services) {
      await kubectl.call(['scale', 'deployment', nameOn(service, to), `--replicas=${counts[service]}`], {
        isSafe: true,
      });
    }
    await untilRolledOut(kubectl, names, order.deadlineS);
    await verifyGateways(work, to);
  } catch (error) {
    progress('It failed: clearing up what nobody was led to');
    await undo(steady, before, order.deadlineS);
    if (Object.keys(before).length === 0) await removeSets(steady, [to]);
    await writeJournal(steady, {
      ...journal,
      phase: 'refused',
      reason: String(error instanceof Error ? error.message : error),
    });
    throw new Refusal(
      `${error instanceof Error ? error.message : error}\n\n${order.tag} was not taken. ${from} serves as before, and was not touched.`,
      { cause: error },
    );
  }
}

/**
 * From here on it is finished or taken back, also by the next run.
 * @param {Work} work
 * @param {Plan} plan
 * @param {Omit<Journal, 'changedAt' | 'phase'>} journal
 */
async function switchOver(work, plan, journal) {
  const { kubectl, steady, order } = work;
  const { from = PLAIN, to = PLAIN } = journal;
  await writeJournal(kubectl, { ...journal, phase: 'switching' });
  try {
    await leadClients(kubectl, to);
    await moveScaling(kubectl, plan, from, to);
    await writeJournal(kubectl, { ...journal, phase: 'switched' });
    await verifyFront(work);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    progress('It failed: leading clients back');
    await leadClients(steady, from);
    await moveScaling(steady, plan, to, from);
    await writeJournal(steady, { ...journal, from: to, to: from, phase: 'taken back', reason: why });
    await restartDoors(steady, to, order.deadlineS);
    throw new Refusal(`${why}\n\n${journal.tag} was not taken: clients are led to ${from} again.`, { cause: error });
  }
  await restartDoors(kubectl, from, order.deadlineS);
  const isBack = journal.reason === BACK;
  if (to === PLAIN && !isBack) {
    await removeSets(kubectl, [...colours]);
    await unpin(kubectl);
  }
  await writeJournal(kubectl, { ...journal, phase: 'done' });
  if (isBack)
    return progress(`${journal.tag} serves again, as ${to}; ${from} is the way forth: npm run rollout -- abort`);
  progress(
    to === PLAIN
      ? `${journal.tag} serves, by the plain Deployments`
      : `${journal.tag} serves as ${to}; ${from} is the way back: npm run rollout -- abort`,
  );
}

/** The switch of a colour that was held. @param {Work} work @param {Plan} plan @param {Journal} journal */
export async function promoteBlueGreen(work, plan, journal) {
  if (!['verified', 'switching', 'switched'].includes(journal.phase)) {
    throw new Refusal(`There is nothing to promote: ${journal.tag} by blue-green is ${journal.phase}.`);
  }
  if (journal.phase === 'verified') await verifyGateways(work, journal.to ?? PLAIN);
  await switchOver(work, plan, journal);
}

/**
 * Before the switch it removes what was prepared; after it, clients are led back at once.
 * @param {Work} work
 * @param {Plan} plan
 * @param {Journal} journal
 */
export async function abortBlueGreen(work, plan, journal) {
  const { kubectl } = work;
  const { from = PLAIN, to = PLAIN, phase } = journal;
  // Killed while it led clients back: then that is finished.
  if (journal.reason === BACK && ['switching', 'switched'].includes(phase)) return switchOver(work, plan, journal);
  const live = await liveTrack(kubectl);
  if (live !== to) {
    if (!['preparing', 'verified', 'switching'].includes(phase))
      throw new Refusal(`There is nothing to abort: ${journal.tag} by blue-green is ${phase}.`);
    await removeSets(kubectl, [to]);
    await writeJournal(kubectl, { ...journal, phase: 'refused', reason: BACK });
    return progress(`${to} is removed; ${from} serves as before`);
  }
  if ((await readyPods(kubectl, 'gateway', from)).length === 0) {
    throw new Refusal(`${from} has no ready pod to go back to: roll out the former tag instead.`);
  }
  const back = { strategy: journal.strategy, ...(await buildOn(kubectl, from)), from: to, to: from, reason: BACK };
  await switchOver(work, plan, back);
}
