// @ts-check
/** A deploy, from the order to its end. Until the new release has proved itself in every app, each step leaves the old one serving. */
import { basename } from 'node:path';
import { takeLock } from '../platform/lock.mjs';
import { Refusal, during, progress, runCommand } from '../platform/terminal.mjs';
import { readOrder } from './arguments.mjs';
import { listenForInterruption } from './interruption.mjs';
import { makeRelease } from './make-release.mjs';
import { currentRelease, openPlaces, pointCurrentAt, readJournal, removeJournal, writeJournal } from './places.mjs';
import { openPm2 } from './pm2-daemon.mjs';
import { describeReleases, findRelease, pruneReleases, removeRelease, removeUnfinished } from './releases.mjs';
import { runStep } from './run-step.mjs';
import { refuseTakenPorts } from './refuse-taken-ports.mjs';
import { smokeTest, stopLeftoverSmoke } from './smoke-test.mjs';
import { goBack, platformWorkers, servingFolder, switchTo } from './switch-release.mjs';

const MIGRATION_TIMEOUT_MS = 10 * 60_000;

/** @typedef {import('./arguments.mjs').Order} Order */
/** @typedef {import('./places.mjs').Places} Places */
/** @typedef {import('./releases.mjs').Release} Release */
/** @typedef {import('./pm2-daemon.mjs').Pm2} Pm2 */

/** @param {string[]} args */
export function runDeploy(args) {
  return runCommand(async () => {
    const order = readOrder(args);
    const places = await openPlaces(order.base);
    if (order.list) return console.log(await describeReleases(places));
    forgetNpm();
    const lock = await takeLock(places.base, 'npm run deploy');
    const interruption = listenForInterruption();
    const pm2 = await openPm2().catch(async (error) => {
      await lock.release();
      throw error;
    });
    try {
      await recover(pm2, places);
      await deploy(pm2, places, order, interruption.signal);
    } finally {
      pm2.close();
      interruption.close();
      await lock.release();
    }
  });
}

/**
 * @param {Pm2} pm2
 * @param {Places} places
 * @param {Order} order
 * @param {AbortSignal} signal
 */
async function deploy(pm2, places, order, signal) {
  const { source } = order;
  if ('release' in source) return bringIn(pm2, places, await findRelease(places, source.release), order, signal);
  const release = await makeRelease(places, source, signal);
  try {
    await bringIn(pm2, places, release, order, signal);
  } catch (error) {
    // One that was never taken is nothing to go back to, and many of them would fill the disk.
    if (!(await isInUse(pm2, release))) await removeRelease(places, release);
    throw error;
  }
}

/**
 * @param {Pm2} pm2
 * @param {Places} places
 * @param {Release} release
 * @param {Order} order
 * @param {AbortSignal} signal
 */
async function bringIn(pm2, places, release, { settleMs, smokeTimeoutMs, keep }, signal) {
  progress(`Release ${release.id}, from ${release.source}`);
  const from = await servingFolder(pm2, places);
  if (from === null) await refuseTakenPorts(release);
  await migrate(places, release, signal);
  await smokeTest(places, release, { signal, timeoutMs: smokeTimeoutMs });

  const journal = { from, to: release.folder };
  await writeJournal(places, journal);
  try {
    await switchTo(pm2, release, { signal, settleMs });
  } catch (error) {
    throw await backAgain(pm2, places, journal, error);
  }
  await pointCurrentAt(places, release.folder);
  await removeJournal(places);
  await tidyUp(pm2, places, { from, keep });
  progress(`${release.id} serves`);
}

/**
 * @param {Pm2} pm2
 * @param {Release} release
 */
async function isInUse(pm2, { folder }) {
  const workers = await platformWorkers(pm2).catch(() => undefined); // who cannot be asked may be using it
  return workers === undefined || workers.some((worker) => worker.folder === folder);
}

/**
 * What a deploy left behind that was killed: what served before it serves again, and alone. Where that cannot be had the new deploy may still mend it.
 * @param {Pm2} pm2
 * @param {Places} places
 */
async function recover(pm2, places) {
  await removeUnfinished(places);
  await stopLeftoverSmoke(places);
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
async function backAgain(pm2, places, journal, cause) {
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

/**
 * Expand only: until all workers are replaced, and after going back, the former release works on this schema.
 * @param {Places} places
 * @param {Release} release
 * @param {AbortSignal} signal
 */
async function migrate({ dotenv }, { folder }, signal) {
  const failure = `The migration failed; settings are read from the environment and ${dotenv}. Nothing was switched`;
  const step = { cwd: folder, signal, failure, timeoutMs: MIGRATION_TIMEOUT_MS };
  await during('Migrating (expand only)', () => runStep(process.execPath, ['services/accounts/dist/migrate.js'], step));
}

/**
 * The release serves already: what fails here is said, and no more.
 * @param {Pm2} pm2
 * @param {Places} places
 * @param {{ from: string | null, keep: number }} options
 */
async function tidyUp(pm2, places, { from, keep }) {
  try {
    await pm2.save();
    const folders = (await platformWorkers(pm2)).map(({ folder }) => folder);
    const removed = await pruneReleases(places, { keep, inUse: [...folders, ...(from ? [from] : [])] });
    if (removed.length > 0) progress(`Removed old releases: ${removed.join(', ')}`);
  } catch (error) {
    progress(`It serves, but tidying up failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** PM2 hands our environment on to the workers: what npm has put there is nothing to them. */
function forgetNpm() {
  const ours = Object.keys(process.env).filter((name) => name.startsWith('npm_') || name === 'INIT_CWD');
  for (const name of ours) delete process.env[name];
}
