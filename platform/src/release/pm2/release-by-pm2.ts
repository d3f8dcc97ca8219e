/**
 * A release under PM2, from the request to its end. Until the new build has proved itself in every app, the former
 * one keeps serving.
 */
import { basename, dirname, join } from 'node:path';
import { isPortFree, takenPortSentence } from '../../processes/ports.ts';
import { migrations, serviceNames } from '../../services.ts';
import { takeLock } from '../../start/lock.ts';
import { Refusal, during, progress } from '../../terminal.ts';
import { listenForInterruption } from '../interruption.ts';
import { addressesOf } from './app-plans.ts';
import { makeRelease } from './make-release.ts';
import { openPm2, type Pm2Client } from './pm2-client.ts';
import { readOrder, type Order } from './read-order.ts';
import {
  currentRelease,
  describeReleases,
  findRelease,
  markServing,
  openPlaces,
  pruneReleases,
  type Places,
  type Release,
} from './releases.ts';
import { bringBack, bringIn, platformWorkers } from './replace-workers.ts';
import { runStep } from './run-step.ts';
import { stopTrial, tryRelease } from './try-release.ts';

const MIGRATION_TIMEOUT_MS = 10 * 60_000;
const REMOVAL_MS = 60_000;

/** Runs `npm run release -- pm2 …`. */
export async function releaseByPm2(args: string[]): Promise<void> {
  const order = readOrder(args);
  const places = await openPlaces(order.base);
  if (order.list) return console.log(await describeReleases(places));
  const env = forgetNpm();
  const lock = await takeLock(places.base, 'npm run release');
  const { signal, close } = listenForInterruption();
  try {
    const pm2 = await openPm2();
    try {
      await recover(pm2, places);
      const { source } = order;
      const release =
        'release' in source
          ? await findRelease(places, source.release)
          : await makeRelease(places, source, { signal, env });
      await putIntoService(pm2, places, release, order, signal);
    } finally {
      await tidyUp(pm2, places, order.keep);
      pm2.close();
    }
  } finally {
    close();
    await lock.release();
  }
}

async function putIntoService(
  pm2: Pm2Client,
  places: Places,
  release: Release,
  { settleMs, trialTimeoutMs }: Order,
  signal: AbortSignal,
): Promise<void> {
  const { id, folder, source } = release;
  progress(`Release ${id}, from ${source}`);
  const former = await formerFolder(pm2, places);
  if (former === undefined) await refuseTakenPorts(folder);
  await migrate(places, release, signal);
  await tryRelease(places, release, { signal, timeoutMs: trialTimeoutMs });
  try {
    await bringIn(pm2, id, folder, { signal, settleMs });
  } catch (error) {
    progress('It failed: going back');
    throw await wentBack(pm2, id, former, error);
  }
  await markServing(places, folder);
  progress(`${id} serves`);
}

async function wentBack(pm2: Pm2Client, id: string, former: string | undefined, cause: unknown): Promise<Refusal> {
  const why = (cause as Error).message;
  try {
    await goBack(pm2, former);
  } catch (error) {
    const reason = (error as Error).message;
    return new Refusal(
      `${why}\n\nGoing back failed too: ${reason}\nThe workers that served still run. The next release begins by going back.`,
    );
  }
  const serving = former ? `${basename(former)} serves as before` : 'Nothing served before, and nothing does now';
  return new Refusal(`${why}\n\n${id} was not taken. ${serving}.`);
}

async function goBack(pm2: Pm2Client, former: string | undefined): Promise<void> {
  if (former) return bringBack(pm2, basename(former), former);
  const workers = await platformWorkers(pm2);
  await Promise.all(workers.map((worker) => pm2.removeWorker(worker, REMOVAL_MS)));
}

/**
 * Cleans up after a killed command: the former release serves again, and alone. If that is impossible, the new
 * release continues, because it may repair the failure.
 */
async function recover(pm2: Pm2Client, places: Places): Promise<void> {
  await stopTrial(places);
  const former = await formerFolder(pm2, places);
  const workers = await platformWorkers(pm2);
  if (former && workers.every(({ folder }) => folder === former)) return markServing(places, former);
  if (workers.length === 0) return;
  try {
    await during('The last release did not end: going back to the one before it', () => goBack(pm2, former));
  } catch (error) {
    progress(`${(error as Error).message}\nThe workers that run go on, and so does this release.`);
  }
}

/**
 * The folder in service: that of `current` if workers run it, otherwise the checkout of a `pm2 start`, otherwise a
 * release that all workers run, because a command was killed just before it moved `current`.
 */
async function formerFolder(pm2: Pm2Client, places: Places): Promise<string | undefined> {
  const folders = new Set((await platformWorkers(pm2)).map(({ folder }) => folder));
  const current = await currentRelease(places);
  if (current && folders.has(current)) return current;
  const checkout = [...folders].find((folder) => dirname(folder) !== places.releases);
  return checkout ?? (folders.size === 1 && current ? [...folders][0] : undefined);
}

/** Expand only: until all workers are replaced, and after going back, the former release works on this schema. */
async function migrate({ base }: Places, { folder }: Release, signal: AbortSignal): Promise<void> {
  const failure = `Nothing was switched: the migration, with the settings of the environment and ${join(base, '.env')}, failed`;
  const step = { cwd: folder, signal, failure, timeoutMs: MIGRATION_TIMEOUT_MS };
  await during('Migrating (expand only)', async () => {
    for (const { service } of migrations)
      await runStep(process.execPath, [`services/${service}/dist/migrate.js`], step);
  });
}

/** Before a first release nothing of the platform runs, so a taken port belongs to another program. */
async function refuseTakenPorts(folder: string): Promise<void> {
  const addresses = addressesOf(folder);
  const ports = serviceNames.flatMap((name) => {
    const { open, management } = addresses[name];
    const prefix = name.toUpperCase();
    return [
      { name, port: open.port, setting: `${prefix}_PORT` },
      { name, port: management.port, setting: `${prefix}_MANAGEMENT_PORT` },
    ];
  });
  const taken = [];
  for (const { name, port, setting } of ports)
    if (!(await isPortFree(port))) taken.push(await takenPortSentence(port, name, setting));
  if (taken.length > 0) throw new Refusal(taken.join('\n'));
}

/** It does not affect what serves, so a failure is only reported. */
async function tidyUp(pm2: Pm2Client, places: Places, keep: number): Promise<void> {
  try {
    await pm2.save();
    const inUse = (await platformWorkers(pm2)).map(({ folder }) => folder);
    const removed = await pruneReleases(places, keep, inUse);
    if (removed.length > 0) progress(`Removed: ${removed.join(', ')}`);
  } catch (error) {
    progress(`Tidying up failed: ${(error as Error).message}`);
  }
}

/**
 * PM2 passes this process's environment on to the workers, so the variables that npm has added are removed.
 * @returns the environment as it was, for npm itself
 */
function forgetNpm(): NodeJS.ProcessEnv {
  const before = { ...process.env };
  const names = Object.keys(process.env).filter((name) => name.startsWith('npm_') || name === 'INIT_CWD');
  for (const name of names) Reflect.deleteProperty(process.env, name);
  return before;
}
