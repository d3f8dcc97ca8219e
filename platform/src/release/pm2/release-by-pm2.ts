import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readOptions, wholeNumber } from '../../options.ts';
import { runProgram } from '../../processes/run-program.ts';
import { migrations, releaseOrder, serviceNames, serviceOf, type ServiceName } from '../../services.ts';
import { readSettings } from '../../settings.ts';
import { takeLock } from '../../start/lock.ts';
import { Refusal, during, progress } from '../../terminal.ts';
import { interruption } from '../interruption.ts';
import { makeRelease } from './make-release.ts';
import { lastLinesOf, pm2, workersOf, type Worker } from './pm2.ts';
import * as releases from './releases.ts';
import type { Places, Release } from './releases.ts';
import { expectReply, stopTrial, tryRelease } from './try-release.ts';

const MIGRATION_TIMEOUT_MS = 10 * 60_000;
const LOOK_EVERY_MS = 1_000;
/** A worker that runs this long after a crash is stable. PM2 counts only an end in the first second as a crash. */
const CRASHED_WITHIN_MS = 5_000;
const GO_BACK_ATTEMPTS = 4;

interface Watch {
  signal?: AbortSignal;
  /** Milliseconds that the workers of an app must run after a reload. An *app* is a service that PM2 runs. */
  settleMs: number;
}

/**
 * Runs `npm run release -- pm2 …`: makes a release, migrates, tries the release on spare ports, and reloads the apps.
 * If an app does not serve, goes back to the former release. See docs/decisions/0012-release-under-pm2.md.
 */
export async function releaseByPm2(args: string[]): Promise<void> {
  const { list, release: id, ...order } = readOrder(args);
  const places = await releases.openPlaces(order.base);
  if (list) return console.log(await releases.describeReleases(places));
  const lock = await takeLock(places.base, 'npm run release');
  const signal = interruption();
  try {
    await recover(places);
    const release = id ? await releases.findRelease(places, id) : await makeRelease(places, order, signal);
    progress(`Release ${release.id}, from ${release.source}`);
    await migrate(places, release, signal);
    await tryRelease(places, release, { ...order, timeoutMs: order.trialTimeoutMs, signal });
    await putIntoService(places, release, { ...order, signal });
    progress(`${release.id} serves`);
  } finally {
    await tidyUp(places, order.keep).catch((error: Error) => progress(`Tidying up failed: ${error.message}`));
    await lock.release();
  }
}

async function putIntoService(places: Places, release: Release, watch: Watch): Promise<void> {
  const former = await releases.releaseAt(places.current);
  if (former) await releases.pointLink(places.former, former);
  await releases.pointLink(places.current, release);
  try {
    await during('Reloading', () => reloadApps(places, release, releaseOrder, watch));
  } catch (error) {
    progress('The release failed: going back');
    const after = await goBack(places, former).catch(
      (failure: Error) => `Going back failed too: ${failure.message}\nThe next release begins by going back.`,
    );
    throw new Refusal(`${(error as Error).message}\n\n${release.id} was not accepted. ${after}`);
  }
  await writeFile(join(release.folder, releases.SERVED), '');
  await rm(places.former, { force: true });
}

async function reloadApps({ current }: Places, { id }: Release, order: ServiceName[], watch: Watch): Promise<void> {
  for (const name of order) {
    watch.signal?.throwIfAborted();
    await reload(current, name, id);
    await expectServing(current, name, id, watch);
  }
}

async function reload(current: string, name: string, id: string): Promise<void> {
  const before = await settledWorkers(name); // wait, because the reload of a killed command can still run
  const broken = before.filter((worker) => worker.status !== 'online' || isCrashing(worker));
  if (broken.length > 0) await pm2(['delete', ...broken.map(({ pm_id }) => String(pm_id))]);
  if (before.length === wantedBy(before[0]) && before.every((worker) => runs(worker, id))) return;
  const env = { MAINSTAY_DIRECTORY: current };
  const failing = new AbortController();
  const isOver = new AbortController();
  const args = ['startOrReload', join(current, 'ecosystem.config.js'), '--only', name, '--update-env'];
  await Promise.all([
    pm2(args, env, failing.signal).finally(() => isOver.abort()),
    // PM2 would continue to stop old workers after a new worker has ended, so abort the reload.
    untilOneFails(name, id, isOver.signal).then((why) => failing.abort(why)),
  ]);
  const workers = await settledWorkers(name);
  const wanted = wantedBy(workers[0]);
  if (wanted && workers.length !== wanted) await pm2(['scale', name, String(wanted)], env);
}

/** Resolves to a Refusal when a new worker ends, or to undefined when the reload is over. */
async function untilOneFails(name: string, id: string, isOver: AbortSignal): Promise<Refusal | undefined> {
  while (!isOver.aborted) {
    const workers = (await workersOf([name])).filter(({ env }) => env.VERSION === id);
    const failed = workers.find((worker) => worker.status !== 'online' && !isChanging(worker));
    if (failed) return new Refusal(`A new worker of ${name} ended.${await lastLinesOf(failed)}`);
    await delay(LOOK_EVERY_MS);
  }
  return undefined;
}

/** @throws Refusal when, after `settleMs`, a worker runs a different release, has ended or is not ready */
async function expectServing(current: string, name: ServiceName, id: string, watch: Watch): Promise<void> {
  const first = await settledWorkers(name);
  await delay(watch.settleMs, undefined, { signal: watch.signal }).catch(() => watch.signal?.throwIfAborted());
  const workers = await workersOf([name]);
  const wanted = wantedBy(workers[0]);
  const isLasting = ({ pid }: Worker) => first.some((one) => one.pid === pid);
  const good = workers.filter((worker) => runs(worker, id) && isLasting(worker)).length;
  if (good !== wanted || workers.length !== wanted)
    throw new Refusal(
      `${name} must have ${wanted} workers, all of this release and without a restart. It has ${workers.length} workers, and ${good} of them are as required.${await lastLinesOf(workers[0])}`,
    );
  const readyz = `${managementOf(current, name)}/readyz`;
  // PM2 distributes new connections to the workers in turn, so one request for each worker reaches all workers.
  await Promise.all(workers.map(() => expectReply(readyz)));
}

/** Returns the URL at which this machine reaches the management port of a service. */
function managementOf(current: string, name: ServiceName): string {
  const { find } = readSettings(current);
  const value = (key: string) =>
    find(`${name.toUpperCase()}_MANAGEMENT_${key}`, name) ?? find(`MANAGEMENT_${key}`, name);
  const host = value('HOST') ?? '127.0.0.1';
  const named = host.includes(':') ? `[${host}]` : host;
  return `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : named}:${value('PORT') ?? serviceOf(name).managementPort}`;
}

/** Restores the former release, or deletes the apps if no release served. @returns which release serves now */
async function goBack(places: Places, former: Release | undefined): Promise<string> {
  if (former) {
    await releases.pointLink(places.current, former);
    await reloadFormer(places, former, GO_BACK_ATTEMPTS);
    await rm(places.former, { force: true });
    return `${former.id} serves as before.`;
  }
  const running = new Set((await workersOf(serviceNames)).map(({ name }) => name));
  if (running.size > 0) await pm2(['delete', ...running]);
  await rm(places.current, { force: true });
  return 'No release served before, and none serves now.';
}

/** Retries, because PM2 can restart a crashed worker just after the deletion of the worker. */
async function reloadFormer(places: Places, former: Release, attempts: number): Promise<void> {
  try {
    // The gateway goes back first, because a new gateway can send requests that former services do not understand.
    await reloadApps(places, former, releaseOrder.toReversed(), { settleMs: 0 });
  } catch (error) {
    if (attempts === 1) throw error;
    await reloadFormer(places, former, attempts - 1);
  }
}

/**
 * If the last command was killed during its release, goes back to the former release. If going back fails, prints the
 * error and continues, because the release that now begins can repair the platform.
 * @throws Refusal when the running platform was not started by a release
 */
async function recover(places: Places): Promise<void> {
  await stopTrial(places.trial);
  const strange = (await workersOf(serviceNames)).find(({ pm_cwd }) => pm_cwd !== places.current);
  if (strange)
    throw new Refusal(
      `${strange.name} runs from ${strange.pm_cwd}, not from ${places.current}, and PM2 cannot move a running app to another folder. Stop the platform and release again: pm2 delete ${serviceNames.join(' ')}`,
    );
  const former = await releases.releaseAt(places.former);
  if (!former) return;
  await during('The last release did not end: going back to the one before it', () => goBack(places, former)).catch(
    (error: Error) => progress(`${error.message}\nThe running workers continue to serve, and this release continues.`),
  );
}

/** Migrations only add to the schema, so the former release works with the new schema. */
async function migrate({ base }: Places, { folder }: Release, signal: AbortSignal): Promise<void> {
  const failure = `No worker was replaced: the migration, with the settings of the environment and ${join(base, '.env')}, failed`;
  const step = { cwd: folder, signal, failure, timeoutMs: MIGRATION_TIMEOUT_MS };
  await during('Migrating (expand only)', async () => {
    for (const { service } of migrations)
      await runProgram(process.execPath, [`services/${service}/dist/migrate.js`], step);
  });
}

async function tidyUp(places: Places, keep: number): Promise<void> {
  // If the operator has run `pm2 save`, run it again, so that `pm2 resurrect` starts the new workers.
  if (existsSync(join(process.env.PM2_HOME ?? join(homedir(), '.pm2'), 'dump.pm2'))) await pm2(['save', '--force']);
  const removed = await releases.pruneReleases(places, keep);
  if (removed.length > 0) progress(`Removed: ${removed.join(', ')}`);
}

/** Waits until PM2 neither starts nor stops a worker of the app. PM2 limits the duration of a start and of a stop. */
async function settledWorkers(name: string): Promise<Worker[]> {
  let workers = await workersOf([name]);
  for (; workers.some(isChanging); workers = await workersOf([name])) await delay(LOOK_EVERY_MS);
  return workers;
}

const isChanging = ({ pm_id: id, status }: Worker) =>
  String(id).startsWith('_old_') || status === 'launching' || status === 'stopping';
/** Whether the worker crashes repeatedly. `pm2 reload` does not always replace a worker that crashes repeatedly. */
const isCrashing = ({ unstable_restarts: crashes, pm_uptime: startedAt }: Worker) =>
  crashes > 0 && Date.now() - startedAt < CRASHED_WITHIN_MS;
const runs = ({ env, status }: Worker, id: string) => env.VERSION === id && status === 'online';
const wantedBy = (worker: Worker | undefined) => Number(worker?.env.WORKERS);

function readOrder(args: string[]) {
  const text = { type: 'string' } as const;
  const options = { base: text, ref: text, from: text, release: text, list: { type: 'boolean' } } as const;
  const { values } = readOptions({ args, options });
  if ([values.ref, values.from, values.release].filter((value) => value !== undefined).length > 1)
    throw new Refusal('--ref, --from and --release exclude each other: a build has one source.');
  const base = values.base ?? process.env.RELEASE_BASE;
  if (!base)
    throw new Refusal('Name the folder of the releases: npm run release -- pm2 --base DIR, or set RELEASE_BASE.');
  const count = (name: string, otherwise: number, min: number) =>
    wholeNumber(name, process.env[name] ?? otherwise, min, 3_600_000);
  return {
    ...values,
    from: values.from && resolve(values.from),
    base: resolve(base),
    keep: count('RELEASE_KEEP', 5, 2),
    settleMs: count('RELEASE_SETTLE_MS', 3_000, 0),
    trialTimeoutMs: count('RELEASE_TRIAL_TIMEOUT_MS', 30_000, 100),
  };
}
