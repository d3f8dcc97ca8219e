// @ts-check
/** How a deploy that failed, or that was killed, ends where it began. */
import { basename } from 'node:path';
import { Refusal, during, progress } from '../../platform/src/terminal.ts';
import { currentRelease, readJournal, removeJournal } from './places.mjs';
import { removeNeverServed, removeUnfinished } from './releases.mjs';
import { stopLeftoverSmoke } from './smoke-test.mjs';
import { goBack, platformWorkers } from './switch-release.mjs';

/** @typedef {import('./places.mjs').Places} Places */
/** @typedef {import('./pm2-daemon.mjs').Pm2} Pm2 */

/**
 * What a deploy left behind that was killed: what served before it serves again, and alone. Where that cannot be had the new deploy may still mend it.
 * @param {Pm2} pm2
 * @param {Places} places
 */
export async function recover(pm2, places) {
  await removeUnfinished(places);
  await stopLeftoverSmoke(places);
  await backFromKilled(pm2, places);
  const folders = (await platformWorkers(pm2)).map(({ folder }) => folder);
  await removeNeverServed(places, folders);
}

/**
 * @param {Pm2} pm2
 * @param {Places} places
 */
async function backFromKilled(pm2, places) {
  const journal = await readJournal(places);
  if (!journal) return;
  const isDone = (await currentRelease(places)) === journal.to; // it was killed after its last word
  const truth = isDone ? { from: journal.to, to: journal.to } : journal;
  try {
    await during('The last deploy did not end: going back to what served before it', () => goBack(pm2, truth));
    await removeJournal(places);
  } catch (error) {
    progress(
      `${error instanceof Error ? error.message : String(error)}\nWhatever serves goes on, and so does this deploy.`,
    );
  }
}

/**
 * @param {Pm2} pm2
 * @param {Places} places
 * @param {import('./places.mjs').Journal} journal
 * @param {unknown} cause
 * @returns {Promise<Error>} what to tell the user
 */
export async function backAgain(pm2, places, journal, cause) {
  const why = cause instanceof Error ? cause.message : String(cause);
  progress('It failed: going back');
  try {
    await goBack(pm2, journal);
    await removeJournal(places);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new Refusal(
      `${why}\n\nGoing back failed too: ${reason}\nWhatever served is still there; the next deploy begins by going back.`,
    );
  }
  const serving =
    journal.from === null
      ? 'Nothing served before, and nothing does now'
      : `${basename(journal.from)} serves as before`;
  return new Refusal(`${why}\n\n${basename(journal.to)} was not taken. ${serving}.`);
}
