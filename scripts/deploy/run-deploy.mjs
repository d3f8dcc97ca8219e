// @ts-check
/** A deploy, from the order to its end. Until the new release has proved itself in every app, each step leaves the old one serving. */
import { takeLock } from '../../platform/src/start/lock.ts';
import { during, progress, runCommand } from '../../platform/src/terminal.ts';
import { readOrder } from './arguments.mjs';
import { listenForInterruption } from './interruption.mjs';
import { makeRelease } from './make-release.mjs';
import { openPlaces, pointCurrentAt, removeJournal, writeJournal } from './places.mjs';
import { openPm2 } from './pm2-daemon.mjs';
import { backAgain, recover } from './recover.mjs';
import { describeReleases, findRelease, markServed, pruneReleases, removeRelease } from './releases.mjs';
import { runStep } from './run-step.mjs';
import { refuseTakenPorts } from './refuse-taken-ports.mjs';
import { smokeTest } from './smoke-test.mjs';
import { platformWorkers, servingFolder, switchTo } from './switch-release.mjs';

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
    const npmEnvironment = forgetNpm();
    const lock = await takeLock(places.base, 'npm run deploy');
    const interruption = listenForInterruption();
    const pm2 = await openPm2().catch(async (error) => {
      await lock.release();
      throw error;
    });
    try {
      await recover(pm2, places);
      await deploy(pm2, places, order, { signal: interruption.signal, npmEnvironment });
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
 * @param {{ signal: AbortSignal, npmEnvironment: NodeJS.ProcessEnv }} options
 */
async function deploy(pm2, places, order, { signal, npmEnvironment }) {
  const { source } = order;
  if ('release' in source) return bringIn(pm2, places, await findRelease(places, source.release), order, signal);
  const release = await makeRelease(places, source, { signal, npmEnvironment });
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
  await markServed(release);
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
 * Expand only: until all workers are replaced, and after going back, the former release works on this schema.
 * @param {Places} places
 * @param {Release} release
 * @param {AbortSignal} signal
 */
async function migrate({ dotenv }, { folder }, signal) {
  const failure = `Nothing was switched: the migration, with the settings of the environment and ${dotenv}, failed`;
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

/**
 * PM2 hands our environment on to the workers: what npm has put there is nothing to them.
 * @returns {NodeJS.ProcessEnv} as it was, for npm itself: a registry may be named in it
 */
function forgetNpm() {
  const before = { ...process.env };
  const names = Object.keys(process.env).filter((name) => name.startsWith('npm_') || name === 'INIT_CWD');
  for (const name of names) delete process.env[name];
  return before;
}
